import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { TRIES_ALL } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ROOT } from '../readme-blocks.ts';

// The npm package as users get it: packed, installed without the network into a project of its own,
// and used from there in every way that its `exports` promise.

const project = new TempFolder();
const installed = project.at('node_modules/svcdns');
const packageJson = readJson<Package>('package.json');

interface Package {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

beforeAll(() => {
  cpSync(join(ROOT, 'zones/shop.yaml'), join(project.folder('k8s'), 'shop.yaml'));
  run(['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', project.path], ROOT);
  const dependencies = { svcdns: `file:svcdns-${packageJson.version}.tgz` };
  project.write('package.json', JSON.stringify({ name: 'user', private: true, dependencies }));
  const lock = lockWith(dependencies.svcdns);
  project.write('package-lock.json', JSON.stringify(lock));
  run(['npm', 'ci', '--offline', '--ignore-scripts', '--no-audit', '--no-fund']);
  // For the types of Node.js, which a TypeScript project brings itself.
  project.folder('node_modules/@types');
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(project.path, 'node_modules', name));
  }
});

afterAll(() => project.dispose());

/** What a program does with the library: starts it, asks for a zone's names, and stops it. */
const USE = `
startServer({ manifests: 'k8s', listen: '127.0.0.1:0' }).then(async (server) => {
  console.log(server.address.port > 0 && server.summary.namespaces.length);
  await server.close();
});
`;

/** The same in TypeScript; without `skipLibCheck`, the types have to be right themselves. */
const TYPED = `
import { type Problem, type Server, SettingsError, startServer } from 'svcdns';
export async function use(): Promise<number> {
  const server: Server = await startServer({ manifests: 'k8s', pods: 'verified' });
  // @ts-expect-error: there is no such option
  await startServer({ manifest: 'k8s' });
  return server.address.port;
}
export function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof SettingsError)) throw error;
  const known: SettingsError = error;
  return known.problems;
}
`;

/** How modules are found, their format, and the files that try it. */
const RESOLUTIONS = {
  'typescript-5': [
    ['node10', 'commonjs', ['node10.ts']],
    ['node16', 'node16', ['module.mts', 'commonjs.cts']],
  ],
  typescript: [
    ['nodenext', 'nodenext', ['module.mts', 'commonjs.cts']],
    ['bundler', 'preserve', ['bundled.ts']],
  ],
} as const;

describe('the npm package', () => {
  test('is used by `import`', () => {
    project.write('use.mjs', `import { startServer, SettingsError } from 'svcdns';\n${USE}`);
    expect(run(['node', 'use.mjs'])).toBe('1\n');
  });

  test('is used by `require`, with the same classes of errors', () => {
    const same = "import('svcdns').then((m) => console.log(m.SettingsError === SettingsError));";
    project.write(
      'use.cjs',
      `const { startServer, SettingsError } = require('svcdns');\n${USE}\n${same}\n`,
    );
    expect(run(['node', 'use.cjs']).split('\n').toSorted()).toEqual(['', '1', 'true']);
  });

  test('is used where neither `require` nor `process` is that of Node.js, as in Jest', () => {
    project.write(
      'jest-like.cjs',
      `const vm = require('node:vm');
const { readFileSync } = require('node:fs');
const file = require.resolve('svcdns');
const module_ = { exports: {} };
const wrapped = '(function (module, exports, require, __filename, process) {' + readFileSync(file, 'utf8') + '})';
const builtIn = (name) => {
  if (name !== 'node:vm') throw new Error('Must use import to load ES Module');
  return vm;
};
vm.runInNewContext(wrapped)(module_, module_.exports, builtIn, file, {});
const { startServer } = module_.exports;
${USE}`,
    );
    expect(run(['node', 'jest-like.cjs'])).toBe('1\n');
  });

  // In the soak tests with TypeScript 5 too, which takes four times as long.
  const COMPILERS = TRIES_ALL
    ? (['typescript', 'typescript-5'] as const)
    : (['typescript'] as const);

  // With node10, `exports` are not looked at; a `.cts` file is CommonJS.
  test.for(
    COMPILERS.flatMap((compiler) =>
      RESOLUTIONS[compiler].map((row) => [compiler, ...row] as const),
    ),
  )('has types for %s with moduleResolution %s', ([compiler, resolution, format, files]) => {
    for (const file of files) project.write(file, TYPED);
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node'];
    // Checking those of browsers takes longer than all others together.
    if (!TRIES_ALL) options.push('--lib', 'es2022', '--singleThreaded');
    const how = ['--moduleResolution', resolution, '--module', format];
    expect(run(['node', tsc, ...options, ...how, ...files])).toBe('');
  });

  test('is called in the README what `npm pack` calls it', () => {
    const named = readFileSync(join(ROOT, 'README.md'), 'utf8').match(/svcdns-[\d.]+\.tgz/g);
    expect(new Set(named)).toEqual(new Set([`svcdns-${packageJson.version}.tgz`]));
  });

  test('has the command', () => {
    const command = join('node_modules', '.bin', 'svcdns');
    expect(run([command, '--version'])).toBe(`svcdns ${packageJson.version}\n`);
    expect(run([command, 'records', 'k8s'])).toContain('db-0.db.shop.svc.cluster.local.');
  });

  test('has the documents, and every file that they link to', () => {
    const documents = filesIn(installed).filter((file) => file.endsWith('.md'));
    expect(documents).toContain('docs/operations.md');
    const missing = documents.flatMap((document) =>
      linksIn(readFileSync(join(installed, document), 'utf8'))
        .filter((link) => !existsSync(join(installed, dirname(document), link)))
        .filter((link) => !isOfTheRepository(join(dirname(document), link)))
        .map((link) => `${document}: ${link}`),
    );
    expect(missing).toEqual([]);
  });

  test('needs no other package, and has the licenses of those that are in it', () => {
    expect(readdirSync(project.at('node_modules'))).toEqual(
      expect.not.arrayContaining(['js-yaml', 'pino', 'chokidar']),
    );
    const licenses = readFileSync(join(installed, 'dist/LICENSES.txt'), 'utf8');
    const named = [...licenses.matchAll(/^(\S+) [\d.]+ \(\S+\)\n\n\S/gm)].map(([, name]) => name);
    const inside = filesIn(join(installed, 'dist'))
      .filter((file) => file.endsWith('.cjs'))
      .flatMap((file) => packagesIn(readFileSync(join(installed, 'dist', file), 'utf8')));
    expect(inside).toContain('js-yaml');
    // What the page is made of is no comment in it.
    expect(named.toSorted()).toEqual([...new Set([...inside, 'preact'])].toSorted());
  });

  test('points to no source map, and has none', () => {
    const files = filesIn(installed);
    const pointing = files.filter(
      (file) =>
        /\.c?js$/.test(file) &&
        readFileSync(join(installed, file), 'utf8').includes('sourceMappingURL'),
    );
    expect([...pointing, ...files.filter((file) => file.endsWith('.map'))]).toEqual([]);
  });
});

/** The packages that a bundled file is made of, by the comments in it. */
function packagesIn(text: string): string[] {
  const sources = text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  return [...sources].map(([, name]) => name!);
}

function run([program = '', ...args]: readonly string[], cwd = project.path): string {
  const env = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_)|^NODE_V8/i.test(name),
  );
  const result = spawnSync(program, args, {
    cwd,
    env: Object.fromEntries(env),
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  if (result.status === 0) return result.stdout;
  throw new Error(`${program} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
}

/** The lock file of a project that has this tarball, which needs no other package. */
function lockWith(tarball: string): object {
  const { version, bin } = packageJson;
  const svcdns = { version, resolved: tarball, bin };
  return {
    lockfileVersion: 3,
    packages: {
      '': { name: 'user', dependencies: { svcdns: tarball } },
      'node_modules/svcdns': svcdns,
    },
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

/** The relative links of Markdown text, without their anchors. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(((?!https?:|#|mailto:)[^)#\s]+)/g)].map(([, link]) => link!);
}

/** Tests, sources and the like: for who works on svcdns, not for who uses it. */
function isOfTheRepository(path: string): boolean {
  return existsSync(join(ROOT, path)) && /^(?:src\/.*(?:\.ts|\/[\w-]+)|test|bench|\.\w)/.test(path);
}
