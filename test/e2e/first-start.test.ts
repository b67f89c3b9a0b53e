import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/index.ts';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { soakTest } from '../helpers/runs.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// Somebody starts svcdns in a folder of their own: it answers what is there, or says what it lacks.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = `${ROOT}dist/main.js`;

const WEB = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 80 }] }
`;

let folder: TempFolder;
let serving: ServeHere | undefined;

beforeEach(() => {
  folder = new TempFolder();
});

afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  folder.dispose();
});

/** A command line, run to its end in the folder. */
async function run(line: string) {
  const io = new TestIo({ cwd: folder.path, env: { SVCDNS_STATE: 'off' }, clock: systemClock });
  const { code: status, stdout, stderr } = await io.outcome(line);
  return { status, stdout, stderr };
}

/** The same as a process of its own, with standard input. */
function runWith(input: string, line: string) {
  const options = { cwd: folder.path, encoding: 'utf8', input, timeout: PATIENCE_MS } as const;
  return spawnSync(process.execPath, [MAIN, ...line.split(' ')], options);
}

/** The first line of the start-up text about sockets, and of the one about waiting. */
const READ = /^Listening on .* \(UDP and TCP\)$/m;
const WAITING = /^Listening on .* and waiting: /m;

/** `svcdns serve`, once it has said where it answers. */
async function serve(line: string, cwd = folder.path, said = READ): Promise<ServeHere> {
  const args = ['--admin', 'off', ...line.split(' ')];
  serving = new ServeHere(args, { cwd });
  await serving.until(() => said.test(serving!.printed), 'start-up text');
  return serving;
}

test('a Corefile without manifests names the folders with manifests nearby', async () => {
  folder.write('k8s/web.yaml', WEB);
  folder.write('deploy/base/web.yaml', WEB);
  folder.write('Corefile', '.:0 {\n  kubernetes a.test\n}\n');
  const { status, stderr } = await run('serve');
  expect(stderr).toContain(
    'Corefile:2:3: error: plugin/kubernetes: no source of objects, and this is no Pod of a cluster: add `manifests DIR` or `kubeconfig FILE` to the block, or --manifests DIR to the command line: found some in k8s, deploy/base [COREFILE_NO_SOURCE]\n',
  );
  expect(status).toBe(1);
});

describe('without zones here and without an option,', () => {
  const NONE =
    'zones: error: No manifests are named, and there is no such folder here: found some in k8s: expected one of these, or --samples for those of svcdns [CONFIG_NO_MANIFESTS]\n';

  test.for(['serve', 'check', 'records'])(
    '%s names the folders with manifests nearby',
    async (name) => {
      folder.write('k8s/web.yaml', WEB);
      folder.write('package.json', '{}');
      const { status, stdout, stderr } = await run(name);
      expect(status).toBe(1);
      expect(name === 'check' ? stdout : stderr).toContain(NONE);
    },
  );

  test('startServer() does too', async () => {
    // The tests run at the root of the repository, which has the folder.
    const program = folder.write(
      'a.mjs',
      `import { startServer } from '${ROOT}dist/index.js'; await startServer().catch(({ message }) => console.log(message));`,
    );
    folder.write('k8s/web.yaml', WEB);
    const options = { cwd: folder.path, encoding: 'utf8' } as const;
    expect(spawnSync(process.execPath, [program], options).stdout).toBe(
      NONE.replace('--samples', 'samples: true'),
    );
  });

  test('query and health ask the server all the same', async () => {
    expect((await run('query web --timeout 1')).stderr).not.toContain('CONFIG_NO_MANIFESTS');
    expect((await run('health')).stderr).not.toContain('CONFIG_NO_MANIFESTS');
  });

  test('--samples serves those of svcdns', async () => {
    expect((await run('records --samples')).stdout).toContain('redis.default.svc.cluster.local.');
    const { printed } = await serve('--samples --listen 127.0.0.1:0');
    expect(printed).toContain(`Read 7 files in ${ROOT}zones: `);
    const server = await startServer({ samples: true });
    expect(server.summary.files).toBe(7);
    await server.close();
  });
});

test('the start-up text and the help say where the objects are', async () => {
  folder.write('k8s/web.yaml', WEB);
  await serve('--manifests k8s --listen 127.0.0.1:0 --admin 127.0.0.1:0');
  const [, at] = /^Admin: (\S+)\/health, \/ready, \/metrics and \/objects$/m.exec(
    serving!.printed,
  )!;
  const text = await (await fetch(`${at}/objects/services?namespace=shop`)).text();
  expect(text).toContain('10.96.0.7');
  const { stdout } = await run('serve --help');
  expect(stdout).toMatch(/where \/health, \/ready, \/metrics, .* are, or off\./);
  expect(stdout).toContain('removes over 30 % of the Services');
});

test('in the checkout, its own zones are served', async () => {
  const { printed, stderr } = await serve('--listen 127.0.0.1:0', ROOT);
  expect(printed).toContain('Read 7 files in zones: ');
  expect(stderr).toBe('');
});

describe('a Corefile in the working folder', () => {
  beforeEach(() => {
    folder.write('k8s/web.yaml', WEB);
    folder.write(
      'Corefile',
      '.:0 {\n  bind 127.0.0.1\n  kubernetes a.test {\n    manifests k8s\n  }\n}\n',
    );
  });

  const USING =
    'Corefile: hint: Using this Corefile, as it lies in the working folder: --config off leaves it out [COREFILE_FOUND]\n';

  test('is taken, and that is said', async () => {
    const { printed, stderr } = await serve('--state off');
    expect(stderr).toBe(USING);
    expect(printed).toMatch(/^svcdns \S+: a\.test$/m);
    expect((await run('records')).stdout).toContain('web.shop.svc.a.test. 5 IN A 10.96.0.7\n');
    expect((await run('records')).stderr).toBe(USING);
    expect((await run('check')).stdout).toContain(USING);
  });

  test('that goes or comes later changes nothing', async () => {
    const found = await serve('--state off');
    folder.rename('Corefile', 'Corefile.away');
    found.signal('SIGHUP');
    await found.message(/^Reloading failed, and nothing has changed/);
    await found.stop();
    const builtIn = await serve('--manifests k8s --listen 127.0.0.1:0 --state off');
    folder.rename('Corefile.away', 'Corefile');
    builtIn.signal('SIGHUP');
    await builtIn.message(/^Reloading complete/);
    expect(builtIn.stderr).toBe('');
  });

  test('is left out with --config off', async () => {
    const { printed, stderr } = await serve('--config off --manifests k8s --listen 127.0.0.1:0');
    expect(stderr).toBe('');
    expect(printed).toMatch(/^svcdns \S+: cluster\.local, /m);
    expect(await run('check k8s --config off --disable cluster-basics-missing')).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('COREFILE_FOUND'),
    });
  });
});

describe('manifests that are not there', () => {
  beforeEach(() => void folder.write('k8s/web.yaml', WEB));

  test('end serve with an error that names what was meant', async () => {
    expect(await run('serve --manifests k9s --admin off')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        "--manifests: error: Cannot find 'k9s': there is no such file or folder: did you mean 'k8s'? (--wait waits for it) [CONFIG_MANIFESTS]\n",
    });
  });

  test('of a Corefile are told with their line', async () => {
    folder.write('Corefile', '.:0 {\n  kubernetes a.test {\n    manifests k9s\n  }\n}\n');
    const { status, stderr } = await run('serve');
    expect(stderr).toContain("Corefile:2:3: error: Cannot find 'k9s': there is no such file");
    expect(status).toBe(1);
  });

  test('and were there when it started, may be away at a reload', async () => {
    await serve('--manifests k8s --listen 127.0.0.1:0');
    folder.rename('k8s', 'away');
    serving!.signal('SIGHUP');
    await serving!.message(/^Reloading complete/);
  });

  test('but are kept by an earlier run, are waited for with its names', async () => {
    const state = folder.at('state');
    const line = `--manifests k8s --listen 127.0.0.1:0 --state ${state}`;
    const names = () => existsSync(state) && readdirSync(state).some((it) => it.endsWith('.names'));
    await serve(line);
    await eventually(() => expect(names()).toBe(true));
    await serving!.stop();
    folder.rename('k8s', 'away'); // a mount that comes late
    const { printed, stderr } = await serve(line, folder.path, WAITING);
    expect(stderr).toBe(
      "--manifests: warning: Cannot find 'k8s': there is no such file or folder: answering with the names of the last run until it is there [CONFIG_MANIFESTS]\n",
    );
    const [, port] = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(printed)!;
    const at = { address: '127.0.0.1', port: Number(port) };
    const answer = async () => (await ask(at, 'web.shop.svc.cluster.local.', 'A')).answer;
    const web = 'web.shop.svc.cluster.local.';
    await eventually(async () => expect(await answer()).toEqual([`${web} 1 IN A 10.96.0.7`]));
    folder.rename('away', 'k8s');
    await eventually(async () => expect(await answer()).toEqual([`${web} 5 IN A 10.96.0.7`]));
    await serving!.stop();
    // Of other manifests nothing is kept: a mistake ends serve as ever.
    expect((await run(`serve --manifests k9s --admin off --state ${state}`)).status).toBe(2);
    folder.rename('k8s', 'away');
    expect((await run('serve --manifests k8s --admin off')).status).toBe(2);
  });

  test('are waited for with --wait', async () => {
    await serve('--manifests later --wait --listen 127.0.0.1:0', folder.path, WAITING);
    folder.write('later/web.yaml', WEB);
    await serving!.until(() => /^Read 1 file in later: /m.test(serving!.printed), 'manifests');
  });
});

describe('check of a folder', () => {
  test('with nothing that it reads is a warning, and with --strict an error', async () => {
    folder.write('k8s/web.yaml.j2', WEB);
    const { status, stdout } = await run('check k8s');
    expect(
      stdout,
    ).toContain(`k8s:1:1: warning: Found no manifests in this folder: expected files *.yaml, *.yml or *.json, found other files: 'web.yaml.j2' [FOLDER_EMPTY]
Checked 0 files: 0 Services (0 ClusterIP, 0 headless, 0 ExternalName), 0 endpoints, 0 Pods, 0 namespaces; 0 errors, 1 warning, 0 hints
`);
    expect(status).toBe(0);
    expect((await run('check k8s --strict')).status).toBe(1);
  });

  test('reads A.YAML', async () => {
    folder.write('k8s/A.YAML', WEB);
    expect((await run('check k8s')).stdout).toContain('Checked 1 file: 1 Service ');
    expect((await run('check k8s/A.YAML')).stdout).toContain('Checked 1 file: 1 Service ');
  });
});

describe('standard input', () => {
  const BROKEN = `${WEB}---\napiVersion: v1\nkind: Service\nmetadata: { name: Bad }\n`;

  test('is checked as a file of the name stdin', () => {
    const { status, stdout } = runWith(BROKEN, 'check -');
    expect(stdout).toMatch(/^stdin:8:\d+: error: Service "Bad" is invalid: /m);
    expect(stdout).toContain('Checked 1 file: 1 Service ');
    expect(status).toBe(1);
  });

  test('through a pipe of the shell too, beside a folder', () => {
    folder.write('k8s/db.yaml', WEB.replace('web', 'db').replace('10.96.0.7', '10.96.0.8'));
    const line = `printf '%s' "$WEB" | "${process.execPath}" "${MAIN}" check - k8s`;
    const options = { cwd: folder.path, encoding: 'utf8', env: { ...process.env, WEB } } as const;
    const { status, stdout } = spawnSync('sh', ['-c', line], options);
    expect(stdout).toContain('Checked 2 files: 2 Services ');
    expect(status).toBe(0);
  });

  test('with nothing in it is a warning, and with --strict an error', () => {
    const { status, stdout } = runWith('\n', 'check -');
    expect(stdout).toContain(
      'stdin:1:1: warning: Found nothing in standard input: expected manifests [STDIN_EMPTY]\n',
    );
    expect(status).toBe(0);
    expect(runWith('\n', 'check - --strict').status).toBe(1);
    expect(runWith('\n', 'records -').stderr).toContain('stdin:1:1: warning: Found nothing');
  });

  soakTest('may be as long as a file', () => {
    const line = `head -c 340000000 /dev/zero | "${process.execPath}" "${MAIN}" check -`;
    const { status, stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    expect(stdout).toContain('stdin:1:1: error: Cannot read this file: found 335544321 bytes');
    expect(status).toBe(1);
  });

  test('has records, and is served', async () => {
    expect(runWith(WEB, 'records -').stdout).toContain(
      'web.shop.svc.cluster.local. 5 IN A 10.96.0.7',
    );
    const args = [MAIN, 'serve', '--manifests', '-', '--listen', '127.0.0.1:0', '--admin', 'off'];
    const env = { ...process.env, SVCDNS_STATE: 'off' };
    const child = spawn(process.execPath, args, { cwd: folder.path, env });
    child.stdin.end(WEB);
    let printed = '';
    child.stdout.on('data', (text) => {
      printed += text;
    });
    try {
      await eventually(async () => expect(printed).toContain('Read 1 file in -: '));
      const [, port] = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(printed) ?? [];
      const at = { address: '127.0.0.1', port: Number(port) };
      const { answer } = await ask(at, 'web.shop.svc.cluster.local.', 'A');
      expect(answer).toEqual(['web.shop.svc.cluster.local. 5 IN A 10.96.0.7']);
    } finally {
      child.kill();
    }
  });

  test('cannot be the Corefile too', () => {
    folder.write('Corefile.own', '.:0 {\n  kubernetes a.test\n}\n');
    const line = `"${process.execPath}" "${MAIN}" serve --config stdin --manifests - < Corefile.own`;
    const options = { cwd: folder.path, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync('sh', ['-c', line], options);
    expect(stderr).toContain('Cannot read both the Corefile and manifests from standard input');
    expect(status).toBe(1);
  });
});
