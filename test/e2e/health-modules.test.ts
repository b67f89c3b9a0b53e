import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { fakeServer, replyTo } from '../cli/fake-dns-server.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ROOT } from '../readme-blocks.ts';

// A container runs `svcdns health` every few seconds for as long as it lives: what it loads is what
// it costs. Node.js lists the modules that a process has loaded when it is asked for coverage.

test('svcdns health loads its own files, with no package, plugin, table of options or settings', async () => {
  const { port } = await fakeServer((asked) => [replyTo(asked)]);
  const temporary = new TempFolder();
  onTestFinished(() => temporary.dispose());
  const folder = temporary.path;
  const env = { ...process.env, SVCDNS_LISTEN: `127.0.0.1:${port}`, NODE_V8_COVERAGE: folder };
  const argv = [join(ROOT, 'dist/main.js'), 'health'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: folder, env });
  expect(stdout).toMatch(/^ok udp .*\nok tcp .*\n$/);
  const parts = ['main', 'start', 'cli', 'base', 'rolldown-runtime'];
  const files = ['main.js', ...['load', ...parts].map((part) => `${part}.cjs`)];
  const loaded = modulesIn(folder);
  expect(loaded.toSorted()).toEqual(files.map((file) => `dist/${file}`).toSorted());
  const sources = loaded.flatMap(sourcesIn);
  expect(sources).toContain('src/cli/commands/health.ts');
  const heavy =
    /node_modules|plugins\/|sources\/|control\/(?!thread\/control-program)|zone\/|observe\/log|config\/(?!plain-)/;
  expect(sources.filter((source) => heavy.test(source))).toEqual([]);
});

/** What a bundled file is made of, by the comments in it. */
function sourcesIn(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^\/\/ ((?:src|node_modules)\/\S+)$/gm)].map(([, source]) => source!);
}

/** The files of the repository that the process loaded, by their paths in it. */
function modulesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((file) => {
    if (!file.startsWith('coverage-')) return [];
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      result: readonly { readonly url: string }[];
    };
    const start = `file://${ROOT}/`;
    return result.flatMap(({ url }) => (url.startsWith(start) ? [url.slice(start.length)] : []));
  });
}
