import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/cli/run.ts';
import { systemClock } from '../src/support/clock.ts';
import { TestIo } from './cli/test-io.ts';
import { eventuallyTrue } from './helpers/eventually.ts';
import { blocksOf, type Example, examplesOf, ROOT, readText } from './readme-blocks.ts';
import { readCompose } from './system/compose.ts';

// What the README shows is run: its commands, its manifests, its program, with a port of its own
// instead of 1053. `dig` may be missing here, so `svcdns query` asks what it would;
// test/system/readme.test.ts runs the very lines.

const MAIN = join(ROOT, 'dist', 'main.js');
const EXAMPLES = examplesOf('README.md');

const folder = mkdtempSync(join(tmpdir(), 'svcdns-readme-'));
const manifests = join(folder, 'manifests');
let samples: Server; // by `npm start`: the folder zones
let written: Server; // the manifests in the README

interface Server {
  readonly child: ChildProcess;
  readonly printed: string;
  readonly port: number;
}

beforeAll(async () => {
  mkdirSync(manifests);
  for (const [index, { text }] of blocksOf('README.md').filter(isManifest).entries()) {
    writeFileSync(join(manifests, `${index}.yaml`), text);
  }
  samples = await start('npm', ['start']);
  written = await start(process.execPath, [MAIN, 'serve', '--manifests', manifests]);
});

afterAll(async () => {
  for (const server of [samples, written]) await stop(server);
  rmSync(folder, { recursive: true });
});

describe('the commands of the README', () => {
  test('npm start: the start-up text is the one shown', () => {
    const shown = exampleOf('npm start').output.trim().split('\n');
    expect(samples.printed.split('\n')).toEqual(expect.arrayContaining(shown));
  });

  test.each(starting('dig '))('line $line: $command', async ({ command, output }) => {
    const [, question = ''] =
      /^dig @127\.0\.0\.1 -p 1053 \+noall \+answer (.*)$/.exec(command) ?? [];
    const { stdout, status } = await svcdns(['query', ...question.split(' '), at(samples)]);
    expect(status).toBe(0);
    const answer = /;; ANSWER SECTION:\n((?:[^;\n].*\n)*)/.exec(stdout)?.[1] ?? '';
    expect(evenly(answer)).toEqual(evenly(output));
  });

  test.each(starting('svcdns query '))(
    'line $line: $command',
    async ({ command, output, manifest }) => {
      const server = manifest === undefined ? samples : written;
      const words = command.split(' ').slice(1);
      expect(await svcdns([...words, at(server)])).toEqual({
        status: 0,
        stdout: output,
        stderr: '',
      });
    },
  );

  test('printf … and svcdns check: a mistake is told with its place', async () => {
    const cwd = mkdtempSync(join(folder, 'check-'));
    const { command: write } = exampleOf('printf');
    expect(spawnSync('sh', ['-c', write], { cwd }).status).toBe(0);
    const { command, output } = exampleOf('svcdns check');
    const { stdout, stderr, status } = await svcdns(command.split(' ').slice(1), cwd);
    expect(`${stdout}${stderr}`).toBe(output);
    expect(status).toBe(1);
  });

  test('there is no other: each is run here, or cannot be', () => {
    const here = ['dig ', 'svcdns query ', 'svcdns check ', 'printf ', 'npm start'];
    const run = [...here, 'svcdns explain ']; // test/explain/documented.test.ts
    const others = EXAMPLES.filter(
      ({ command }) => !run.some((start) => command.startsWith(start)),
    );
    expect(others).toEqual([]);
    const lines = blocksOf('README.md').flatMap(({ info, text }) => (info === 'sh' ? [text] : []));
    expect(lines).toEqual([
      'npm ci && npm start\n', // CI begins with the first, the second is run above
      'alias svcdns="node $PWD/dist/main.js"\n', // what svcdns() below does
      expect.stringMatching(/^svcdns check kustomize:.*\nsvcdns check 'helm:/), // test/system/render
      expect.stringMatching(
        /^kubectl get services,endpoints,endpointslices,pods,namespaces -A -o yaml > zones\/prod\.yaml\n$/,
      ),
    ]);
  });

  test('says of speed what its chart shows', () => {
    const bars = /text-anchor="end">([\w-]+)<\/text>[^µ]*>([\d.]+) µs</g;
    const shown = new Map(
      [...readText('docs/speed.svg').matchAll(bars)].map(([, name, us]) => [name!, Number(us)]),
    );
    const text = /^!\[CPU time for one query: (.*)\]\(docs\/speed\.svg\)$/m.exec(
      readText('README.md'),
    );
    const said = [...text![1]!.matchAll(/(\w+) ([\d.]+)/g)].map(
      ([, name, us]) => [name!.toLowerCase(), Number(us)] as const,
    );
    expect(said.map(([name]) => name)).toEqual(['svcdns', 'knot', 'unbound', 'dnsmasq', 'coredns']);
    for (const [name, us] of said) expect([name, shown.get(name)]).toEqual([name, us]);
    const ratio = (peer: string) => shown.get('svcdns')! / shown.get(peer)!;
    expect(Math.abs(ratio('knot') - 1)).toBeLessThan(0.05);
    expect(Math.max(ratio('unbound'), ratio('dnsmasq'))).toBeLessThan(1);
    expect(Math.abs(ratio('coredns') - 0.3)).toBeLessThan(0.03); // under a third
    expect(Math.abs(1 / ratio('svcdns-dgram') - 1.6)).toBeLessThan(0.1);
  });

  test('every command of the table has help, and there is none beside them', async () => {
    const table = [...readText('README.md').matchAll(/^\| `svcdns (\w+)/gm)].map(
      ([, name]) => name!,
    );
    const listed = [...(await inProcess('--help')).stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(
      ([, name]) => name,
    );
    // A command that does two things has two rows.
    expect([...new Set(table)].toSorted()).toEqual(listed.toSorted());
    for (const name of table)
      expect(await inProcess(`${name} --help`)).toMatchObject({ code: 0, stderr: '' });
  });

  test('every option and variable of the table is in the help, and there is none beside them', async () => {
    const readme = readText('README.md');
    const table = readme.slice(
      readme.indexOf('| option of `serve`'),
      readme.indexOf("CoreDNS's own flags (`-conf"),
    );
    const inTable = (pattern: RegExp) =>
      [...table.matchAll(pattern)].map(([, name]) => name).toSorted();
    const inHelp = (text: string, pattern: RegExp) =>
      [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].toSorted();
    const serve = (await inProcess('serve --help')).stdout;
    const options = inHelp(serve, /^ {2}(?:-\w, )?(--[a-z-]+)/gm).filter(
      (name) => name !== '--help',
    );
    expect(inTable(/`(--[a-z-]+)/g)).toEqual(options);
    const variables = inHelp((await inProcess('--help')).stdout, /^ {2}((?:SVCDNS|LOG)_[A-Z_]+)/gm);
    expect(inTable(/`((?:SVCDNS|LOG)_[A-Z_]+)`/g)).toEqual(variables);
  });
});

describe('the program of the README', () => {
  const text = onlyBlock('ts');

  beforeAll(() => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules', 'svcdns')); // as installed
    symlinkSync(join(ROOT, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
  });

  test('prints what its comments say', () => {
    const program = join(folder, 'example.mjs');
    writeFileSync(program, text);
    const expected = [...text.matchAll(/^\/\/ → (.*)$/gm)].map(([, line]) => line);
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ lines: stdout.trim().split('\n'), stderr, status }).toEqual({
      lines: expected,
      stderr: '',
      status: 0,
    });
  });

  test('has the right types', () => {
    writeFileSync(join(folder, 'example.mts'), text);
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--lib', // without those of browsers, which take longest
      'es2023',
      '--singleThreaded',
    ];
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...options, 'example.mts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });
});

describe('the files of the README', () => {
  test('the compose file is fifteen lines, and wires the sidecar as compose.yaml does', () => {
    const text = onlyBlock('yaml compose');
    expect(text.trim().split('\n').slice(1)).toHaveLength(15);
    const whole = readCompose(readText('compose.yaml'));
    expect(readCompose(text)).toEqual({
      ...whole,
      mount: { ...whole.mount, from: './k8s' },
      stateMount: { from: '', to: '' },
    });
  });

  test('every Corefile in docs/ is accepted', async () => {
    const corefiles = blocksOf('docs/configuration.md').filter(({ info }) => info === 'corefile');
    expect(corefiles).not.toEqual([]);
    mkdirSync(join(folder, 'k8s'));
    for (const { text } of corefiles) {
      const path = join(folder, 'Corefile');
      writeFileSync(path, text);
      expect(await inProcess(`check ${path}`)).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

test('npm run … in CONTRIBUTING.md: every script exists', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: object };
  const named = [...readText('CONTRIBUTING.md').matchAll(/npm run ([\w:]+)/g)].map(
    ([, name]) => name,
  );
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

/** The text of the one block of its kind. */
function onlyBlock(info: string): string {
  const [block, ...others] = blocksOf('README.md').filter((candidate) => candidate.info === info);
  if (block === undefined || others.length > 0) throw new Error(`Expected one block ${info}`);
  return block.text;
}

function isManifest({ info }: { info: string }): boolean {
  return info === 'yaml manifest';
}

function starting(start: string): Example[] {
  return EXAMPLES.filter(({ command }) => command.startsWith(start));
}

function exampleOf(start: string): Example {
  const [example] = starting(start);
  if (example === undefined) throw new Error(`No command in the README starts with ${start}`);
  return example;
}

/** Lines of records, with one blank where there are many or a tab. */
function evenly(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '));
}

function at({ port }: Server): string {
  return `@127.0.0.1:${port}`;
}

/** A command line without a process of its own. */
const inProcess = (line: string) =>
  new TestIo({ cwd: ROOT, env: { SVCDNS_STATE: 'off' } }).outcome(line);

async function svcdns(args: readonly string[], cwd = ROOT) {
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' }, clock: systemClock });
  const status = await run(args, io);
  // Places are told as seen from the folder in which the process began.
  return { status, stdout: io.out.replaceAll(`${cwd}/`, ''), stderr: io.err };
}

/**
 * Starts a server on a free port, as the README does on 1053, and waits for its `Try: dig` line.
 */
async function start(program: string, args: readonly string[]): Promise<Server> {
  // A test asks nobody else: nothing is forwarded, and `loop` probes nothing.
  const own = { SVCDNS_LISTEN: '127.0.0.1:0', SVCDNS_ADMIN: 'off', SVCDNS_FORWARD: 'off' };
  const env = { ...environment(), ...own };
  // In a process group of its own, so that npm and what it starts can be ended together.
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (bytes: Buffer): void => {
    printed += bytes;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let port: string | undefined;
  await eventuallyTrue(() => {
    if (child.exitCode !== null) throw new Error(`${program} ${args[0]} ended:\n${printed}`);
    port = /^Try: dig @127\.0\.0\.1 -p (\d+)/m.exec(printed)?.[1];
    return port !== undefined;
  });
  return { child, printed, port: Number(port) };
}

async function stop(server: Server | undefined): Promise<void> {
  if (server?.child.pid === undefined) return;
  const ended = once(server.child, 'exit');
  process.kill(-server.child.pid, 'SIGTERM');
  await ended;
}

/**
 * Ours without what would change the defaults; nothing is kept in the home of whoever runs the
 * tests.
 */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(SVCDNS_|LOG_LEVEL$)/.test(name));
  return { ...Object.fromEntries(kept), SVCDNS_STATE: 'off' };
}
