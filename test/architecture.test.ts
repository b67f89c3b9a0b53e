import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FLAGS, PLUGINS } from '../src/plugins/order.ts';

/** Bottom to top: a file imports only from its own layer or from those before it. */
const LAYERS = [
  'support',
  'dns',
  'kube',
  'observe',
  'registry',
  'controllers',
  'sources',
  'zone',
  'explain',
  'control',
  'corefile',
  'plugins',
  'server',
  'admin',
  'config',
  'lint',
  'app',
  'index',
  'cli',
  'main',
];

/** Types only: options of the upper layers, written where both can see them. */
const SHARED_TYPES = ['zone/options.ts', 'server/limits.ts'];

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s(type\s)?[^'"]*?from '(\.[^']+)';/gms)].map(
    ([, type, path]) => ({
      from: file,
      to: normalize(join(dirname(file), path as string)),
      isTypeOnly: type !== undefined,
    }),
  );
}

const layerOf = (file: string) => LAYERS.indexOf(file.split('/')[0]!.replace(/\.ts$/, ''));

test('every source file belongs to a layer', () => {
  expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
});

test('no file imports from a layer above its own', () => {
  const upward = files
    .flatMap(importsOf)
    .filter(({ from, to }) => layerOf(to) > layerOf(from) && !SHARED_TYPES.includes(to))
    .map(({ from, to }) => `${from} imports ${to}`);
  expect(upward).toEqual([]);
});

test('every import names a file that exists', () => {
  const known = new Set(files);
  const dangling = files.flatMap(importsOf).filter(({ to }) => !known.has(to));
  expect(dangling).toEqual([]);
});

describe('the query path', () => {
  /** Everything that the resolver's thread loads to answer, following imports of values. */
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { to, isTypeOnly } of importsOf(file)) if (!isTypeOnly) visit(to);
  };
  visit('server/answer/resolver.ts');

  test('uses neither dns-packet nor js-yaml, and touches no file', () => {
    const banned = /from '(?:dns-packet|js-yaml|chokidar|node:fs[^']*)'/;
    const guilty = [...reached].filter((file) =>
      banned.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(guilty).toEqual([]);
  });

  test('knows nothing of sources, registry and controllers', () => {
    const layers = new Set([...reached].map((file) => relative('.', file).split('/')[0]));
    for (const layer of ['sources', 'registry', 'controllers', 'control', 'config']) {
      expect(layers).not.toContain(layer);
    }
  });
});

test('no file stores what clients or manifests name in a plain object', () => {
  // Map keeps `__proto__` and `constructor` apart from the language's own; `{}` does not.
  const guilty = files.filter((file) => {
    const layer = file.split('/')[0] as string;
    if (!['dns', 'zone', 'registry', 'controllers'].includes(layer)) return false;
    return /Record<string,/.test(readFileSync(join(SRC, file), 'utf8'));
  });
  expect(guilty).toEqual([]);
});

describe('names of plugins', () => {
  const names = new Set(PLUGINS.map(({ directive }) => directive));

  /** Comments, strings, regular expressions, and what a list or a `switch` begins and ends with. */
  const TOKENS =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:!&|?[;]\s*)\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n[])+\/|\bswitch\b[^{]*\{|[[\]{}]/g;

  /** The arrays, those of Sets and Maps too, and switches that hold two names of plugins. */
  function listsIn(text: string): string[] {
    const lists: string[] = [];
    const open: { readonly closing: string; readonly isList: boolean; names: string[] }[] = [];
    for (const [token = ''] of text.matchAll(TOKENS)) {
      const top = open.at(-1);
      if (token === '[') open.push({ closing: ']', isList: true, names: [] });
      else if (token.endsWith('{')) {
        open.push({ closing: '}', isList: token !== '{', names: [] });
      } else if (token === top?.closing) {
        open.pop();
        const found = [...new Set(top.names)];
        if (top.isList && found.length > 1) lists.push(found.join(' '));
        open.at(-1)?.names.push(...top.names);
      } else if (/^['"]/.test(token) && names.has(token.slice(1, -1))) {
        top?.names.push(token.slice(1, -1));
      }
    }
    return lists;
  }

  /** Where words that are names of plugins too mean something else. */
  const OTHER_MEANINGS = [
    [
      'fields and names of Kubernetes objects',
      'metadata template ready hosts kubernetes',
      /^(?:kube|sources|controllers|control)\//,
    ],
    ['messages between threads', 'explain log', /^(?:control|app\/threads)\//],
    ['levels of the log', 'debug', /^(?:observe|control)\//],
    ['commands', 'explain health', /^cli\/(?:run|commands\/\w+)\.ts$/],
    ['columns of tables', 'hosts', /^cli\/(?:serve|report)\//],
    ['a check of the machine', 'loop', /^cli\/doctor\/checks\/loop\.ts$/],
    ['a zone', 'local', /^cli\/doctor\/checks\/local-names\.ts$/],
    ['a kind of reply, or of problem', 'errors', /^(?:server\/rate-limit|kube\/schema)\//],
    ['a system call', 'bind', /^server\/udp\/native\.ts$/],
    ['an event', 'ready', /^sources\/folder\/watch\//],
  ] as const;

  /** Members that a type picks or has, and which only sound like plugins. */
  const MEMBERS = /\b(?:Pick|Omit)<[^>]*>|\w\['\w+'\]/g;

  const hasOtherMeaning = (file: string, name: string) =>
    OTHER_MEANINGS.some(
      ([, words, places]) => words.split(' ').includes(name) && places.test(file),
    );

  /** The strings in a file that are names of plugins. */
  function namesIn(file: string): string[] {
    const text = readFileSync(join(SRC, file), 'utf8').replace(MEMBERS, '');
    return [...text.matchAll(TOKENS)]
      .map(([token]) => (/^['"]/.test(token) ? token.slice(1, -1) : ''))
      .filter((word) => names.has(word));
  }

  /** Files that know a plugin: they import from its folder, or look for its lines. */
  function filesThatKnow(name: string): string[] {
    const folder = `plugins/${name}/`;
    const looks = new RegExp(`directivesNamed\\([^)]*'${name}'`);
    return (
      files
        // Rules of `check` are about the directives that they name.
        .filter((file) => !file.startsWith(folder) && !file.startsWith('lint/'))
        .filter(
          (file) =>
            importsOf(file).some(({ to }) => to.startsWith(folder)) ||
            looks.test(readFileSync(join(SRC, file), 'utf8')),
        )
    );
  }

  test.for('acl any autopath bufsize chaos errors header minimal nsid template'.split(' '))(
    '%s is known to its folder and its place in the order alone',
    (name) => {
      expect(filesThatKnow(name)).toEqual(['plugins/order.ts']);
    },
  );

  test.for([
    ["new Set(['metadata', 'prometheus', // for those who read it\n 'errors'])"],
    ["new Map([\n['root', OFFERED],\n['metadata', OFFERED],\n])"],
    ["const READING = ['k8s_external', 'k8s_gateway'] as const;"],
    ["[{ name: 'health', port: 8080 }, { name: 'ready', port: 8181 }]"],
    ["switch (name) { case 'cache': { return 1; } case 'loop': return 2; }"],
  ] as const)('are found in %j', ([text]) => {
    expect(listsIn(text)).not.toEqual([]);
  });

  test('are in no list outside the plugins: what there is to know of them, they declare', () => {
    const lists = files
      // Commands may be called like plugins.
      .filter((file) => !file.startsWith('plugins/') && file !== 'cli/run.ts')
      .flatMap((file) =>
        listsIn(readFileSync(join(SRC, file), 'utf8')).map((list) => `${file}: ${list}`),
      );
    expect(lists).toEqual([]);
  });

  test('are in no string outside the plugins: who needs one takes it from the declaration', () => {
    const named = files
      // Rules of `check` are about the directives that they name.
      .filter((file) => !/^(?:plugins|lint)\//.test(file))
      .flatMap((file) =>
        namesIn(file)
          .filter((name) => !hasOtherMeaning(file, name))
          .map((name) => `${file}: ${name}`),
      );
    expect(named).toEqual([]);
  });

  test('have no other meaning where none is found', () => {
    const unused = OTHER_MEANINGS.flatMap(([meaning, words, places]) =>
      words
        .split(' ')
        .filter((word) => !files.some((file) => places.test(file) && namesIn(file).includes(word)))
        .map((word) => `${meaning}: ${word}`),
    );
    expect(unused).toEqual([]);
  });

  test('of the command line are all in the help', () => {
    const declared = PLUGINS.flatMap(({ flags = {} }) => Object.keys(flags));
    expect(Object.keys(FLAGS).sort()).toEqual(declared.sort());
  });
});

test('comments stay within 100 columns', () => {
  const root = join(SRC, '..');
  const wide = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        readFileSync(join(root, folder, file), 'utf8')
          .split('\n')
          .flatMap((line, at) =>
            line.length > 100 && /^\s*(?:\/\/|\/?\*)/.test(line)
              ? [`${folder}/${file}:${at + 1}`]
              : [],
          ),
      ),
  );
  expect(wide).toEqual([]);
});

test('ARCHITECTURE.md names files that exist', () => {
  const text = readFileSync(join(SRC, '..', 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/`?((?:[\w-]+\/)*[\w.-]+\.ts)\b/g)].map(([, path]) => path!);
  const isThere = (path: string) =>
    path.startsWith('test/')
      ? existsSync(join(SRC, '..', path))
      : files.some((file) => file === path || file.endsWith(`/${path}`));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});
