// Makes the program and the library in `dist` from the sources and the packages they use: a few
// files for what is loaded together. Node.js then opens six files instead of four hundred, and
// needs no package at run time.
//
// They are CommonJS, which Node.js starts in less CPU time than ES modules. Nothing is minified:
// stack traces keep their names, and a comment above each part says which source it is from.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { bundlePage } from './bundle-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** What is started: the program, the library, the control thread, other resolver threads. */
const INPUT = {
  main: 'src/main.ts',
  index: 'src/index.ts',
  'worker-program': 'src/control/thread/worker.ts',
  'resolver-program': 'src/app/threads/worker.ts',
};

/** What is compiled at the build, with all that these load: the program, and its threads. */
const COMPILED = ['start', 'cli', 'base', 'server', 'worker-program', 'resolver-program'];

const CLI = ['run', 'process-io', 'process-name'];
const SERVER = ['src/index.ts', 'src/app.ts', 'src/cli/commands/serve.ts'];
const CONTROL = ['src/control/thread/worker.ts'];
const RESOLVER = ['src/app/threads/worker.ts'];

/**
 * The files to make, and whose imports they hold: a source goes into the first that applies. What
 * is in none of them gets files of its own, one for each command.
 */
const PARTS = [
  ['start', ['src/main.ts']],
  ['cli', CLI.map((name) => `src/cli/${name}.ts`)], // all that `--version` needs
  ['base', ['src/cli/commands/health.ts']],
  // what `health` and `query` need beside a Corefile
  ['corefile', ['src/config/corefile-target.ts', 'src/cli/report/problem-text.ts']],
  ['shared', SERVER, CONTROL], // what the main and the control thread need
  ['answering', SERVER, RESOLVER], // what else every resolver thread needs
  ['server', SERVER],
  ['control', CONTROL],
];

/** Packages that are loaded late: each is started by itself, as `loadPackage` does. */
const LATE = ['prom-client', 're2js'];

/** Packages that others import for what is never done here: transports of a log, and tracing. */
const UNUSED = ['thread-stream', '@opentelemetry/api'];

rmSync(join(dist, 'compiled'), { recursive: true, force: true });
const output = await bundled();
copyFileSync(join(root, 'scripts', 'load.cjs'), join(dist, 'load.cjs'));
writeEntry('main.js', '#!/usr/bin/env node\n', `load('./load.cjs').load('./main.cjs');`);
for (const thread of ['worker', 'resolver']) {
  const text = `require('./load.cjs').load('./${thread}-program.cjs');\n`;
  writeFileSync(join(dist, `${thread}.cjs`), text);
}
const { exports } = output.find(({ fileName }) => fileName === 'index.cjs');
writeEntry('index.js', '', `export const { ${exports.sort().join(', ')} } = load('./index.cjs');`);
const modules = [...output.flatMap(({ moduleIds }) => moduleIds), ...(await bundlePage())];
writeFileSync(join(dist, 'LICENSES.txt'), licenses(modules));
const compiled = COMPILED.map((name) => `./${name}.cjs`);
execFileSync(process.execPath, [join(root, 'scripts', 'compile-ahead.cjs'), ...compiled]);

async function bundled() {
  const bundle = await rolldown({
    cwd: root,
    input: { ...INPUT, ...Object.fromEntries(LATE.map((name) => [name, name])) },
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    // What `serve` loads late is in the same file as the library, which needs it at once. That a
    // busy machine takes its time is no fault of the sources.
    checks: { ineffectiveDynamicImport: false, bundlerTimings: false },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
    plugins: [
      {
        name: 'unused',
        resolveId: (id) => (UNUSED.includes(id) ? `\0${id}` : null),
        load: (id) => (UNUSED.includes(id.slice(1)) ? 'export {};' : null),
      },
      {
        name: 'late',
        transform: (code) =>
          code.replace(/\bloadPackage\('([^']+)'\)/g, (call, name) => {
            if (!LATE.includes(name)) throw new Error(`${call}: expected one of ${LATE}`);
            return `loadPackage('./${name}.cjs')`;
          }),
      },
    ],
  });
  const written = await bundle.write({
    dir: dist,
    // `npm start` makes what runs again, and leaves the library's types as they are.
    cleanDir: process.argv.includes('--clean'),
    format: 'cjs',
    strict: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ debugName: 'parts', name: partOf }],
    },
  });
  await bundle.close();
  for (const { fileName, code } of written.output) {
    if (code !== undefined) writeFileSync(join(dist, fileName), inAscii(code));
  }
  return written.output;
}

/**
 * The same program in ASCII: a file with a single other character is kept with two bytes for each
 * of them, takes a third longer to compile, and Node.js does so in both threads at each start.
 */
function inAscii(code) {
  const [escaped] = /.{0,40}\\[^\x00-\x7f]|String\.raw`[^`]*[^\x00-\x7f`].*/.exec(code) ?? [];
  if (escaped !== undefined) throw new Error(`Cannot write in ASCII: ${escaped}`);
  // load.cjs has no `import()`; comments of packages have.
  if (/\bimport\(['"](?!\.)/.test(code)) throw new Error('Cannot load by import() what is bundled');
  return code.replace(/[^\x00-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function partOf(id, context) {
  const part = PARTS.find(([, ...users]) =>
    users.every((sources) => importedBy(sources, context).has(id)),
  );
  return part?.[0] ?? null;
}

/** What these sources import, at once or through others, and they themselves but for `INPUT`. */
function importedBy(sources, context) {
  const key = sources.join();
  importedBy.known ??= new Map();
  const known = importedBy.known.get(key);
  if (known !== undefined) return known;
  const found = new Set(sources.map((source) => join(root, source)));
  for (const id of found) {
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  for (const source of Object.values(INPUT)) found.delete(join(root, source));
  importedBy.known.set(key, found);
  return found;
}

/**
 * The package's files are ES modules where nothing says otherwise. These two are; an `import` of
 * node:module would cost more than all they do, but an old Node.js has no other way.
 */
function writeEntry(file, first, last) {
  const text = `${first}const { createRequire } =
  process.getBuiltinModule?.('node:module') ?? (await import('node:module'));
const load = createRequire(import.meta.url);
${last}
`;
  writeFileSync(join(dist, file), text);
}

/** The licenses of the packages that these modules are from, as they demand. */
function licenses(modules) {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
