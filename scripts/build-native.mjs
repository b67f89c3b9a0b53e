// Builds native/*.c, which need a C compiler and nothing else that `npm ci` does not bring:
//
//   node scripts/build-native.mjs              for this machine
//   node scripts/build-native.mjs --all        for all machines; fails where a compiler is missing
//   node scripts/build-native.mjs --available  for those that there are compilers for; never fails
//   node scripts/build-native.mjs --to FILE    for this machine, in another place
//   node scripts/build-native.mjs --sanitize   build/sanitized.node, which watches itself
//
// Files have the places of node-gyp-build: prebuilds/PLATFORM-ARCH/node.napi.node. The same source
// and compiler give the same bytes.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [, , mode, place] = process.argv;

const COMPILERS = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };

const NAMES = ['library', 'channel', 'address', 'udp', 'batch', 'segments', 'asking', 'memory'];
const SOURCES = NAMES.map((name) => `native/${name}.c`);
const HEADERS = join(root, 'node_modules', 'node-api-headers', 'include');
const COMMON = ['-std=c11', '-fPIC', '-shared', '-fvisibility=hidden', '-isystem', HEADERS];
const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Werror'];
// Without a libc of its own, so that it serves glibc and musl: see native/library.c.
const FREE = ['-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'];
const LINKED = ['-Wl,-z,relro,-z,now', '-Wl,--build-id=none', '-s'];
const SANITIZED = [
  '-g',
  '-O1',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
];

function main() {
  if (mode === '--sanitize') return build('cc', 'build/sanitized.node', SANITIZED) ? 0 : 1;
  const release = ['-O2', ...FREE, ...LINKED];
  const { platform, arch } = process;
  if (mode !== '--all' && (platform !== 'linux' || !(arch in COMPILERS))) {
    say(`There is no native transport for ${platform}-${arch}.`);
    return mode === '--available' ? 0 : 1;
  }
  if (mode === '--to') return build('cc', place, release) ? 0 : 1;
  const arches = mode === undefined ? [arch] : Object.keys(COMPILERS);
  let failed = 0;
  for (const target of arches) {
    const compiler = target === arch && platform === 'linux' ? 'cc' : COMPILERS[target];
    if (!build(compiler, `prebuilds/linux-${target}/node.napi.node`, release)) failed++;
  }
  return failed > 0 && mode !== '--available' ? 1 : 0;
}

/** False when there is no such compiler; a compiler that fails ends the program. */
function build(compiler, file, options) {
  mkdirSync(dirname(resolve(root, file)), { recursive: true });
  const args = [...COMMON, ...WARNINGS, ...options, ...SOURCES, '-o', file];
  const run = spawnSync(compiler, args, { cwd: root, stdio: 'inherit' });
  if (run.error !== undefined) {
    say(`Did not build ${file}: cannot run ${compiler} (${run.error.code}).`);
    return false;
  }
  if (run.status !== 0) process.exit(1);
  say(`Built ${file}`);
  return true;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

process.exit(main());
