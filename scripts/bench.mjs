// Runs a program of bench/, which is TypeScript and imports the sources, on any Node.js: bundles it
// into `build`, and starts it in namespaces of its own where the system lets us. Then its ports are
// free, nothing else is on its loopback, and no server outlives it.
//
//   node scripts/bench.mjs main|micro|explain-cost|scale|cluster|simulate [ARGUMENT]...
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [, , name, ...args] = process.argv;
// `main` has a help of its own; the others have it at the top of their file.
if (name !== 'main' && args.some((word) => word === '-h' || word === '--help')) {
  const [comment] = /^(\/\/.*\n)+/.exec(readFileSync(join(root, 'bench', `${name}.ts`), 'utf8'));
  process.stdout.write(comment.replaceAll(/^\/\/ ?/gm, ''));
  process.exit();
}
// As deep as `bench`: paths from there to other files hold.
const file = join(root, 'build', `bench-${name}.mjs`);

const bundle = await rolldown({ cwd: root, input: `bench/${name}.ts`, platform: 'node' });
await bundle.write({ file, format: 'esm', codeSplitting: false });
await bundle.close();

const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
const namespaces = [
  'unshare',
  '--net',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  ...asRoot,
];
const within = [...namespaces, 'sh', '-c', 'ip link set lo up && "$@"', 'sh'];
const isPossible = spawnSync(within[0], [...within.slice(1), 'true']).status === 0;
const [program, ...rest] = [...(isPossible ? within : []), process.execPath, file, ...args];

const folder = mkdtempSync(join(tmpdir(), 'svcdns-bench-'));
const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, TMPDIR: folder } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGKILL'));
child.on('exit', (code, signal) => {
  if (signal !== null) console.error(`bench ${name} was ended by ${signal}`);
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
