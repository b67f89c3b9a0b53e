// Makes `dist` only when a source file is newer than the last build, so that `npm start` is instant
// the second time. It makes what runs, and leaves the library's types as they are.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'dist', 'main.js');
const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (latest, entry) =>
        Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
      0,
    );
const sources = ['src', 'page'].map((folder) => join(root, folder));
const isBuilt = () =>
  existsSync(built) && sources.every((folder) => statSync(built).mtimeMs >= newest(folder));

// An installed package has no `src`: dist is all there is.
if (existsSync(join(root, 'src')) && !isBuilt()) {
  process.stderr.write('Building svcdns …\n');
  await import('./bundle.mjs').catch((error) => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json')));
    process.stderr.write(
      `${error.stack}\n\nCannot build svcdns on Node.js ${process.versions.node}: expected ${engines.node}, and npm ci after each change of Node.js\n`,
    );
    process.exit(1);
  });
}

// The native transport, where there is a C compiler: without it the server has another. Tests run
// on what was there when they began.
const library = join(root, 'prebuilds', `linux-${process.arch}`, 'node.napi.node');
const source = join(root, 'native');
const isNeeded = () => !existsSync(library) || statSync(library).mtimeMs < newest(source);
if (process.platform === 'linux' && !process.env.VITEST && existsSync(source) && isNeeded()) {
  spawnSync(process.execPath, [join(root, 'scripts', 'build-native.mjs')], { stdio: 'ignore' });
}
