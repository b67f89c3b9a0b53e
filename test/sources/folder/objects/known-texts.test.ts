import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_WHOLE_CHARS } from '../../../../src/sources/folder/limits.ts';
import type { KnownTexts } from '../../../../src/sources/folder/objects/known-texts.ts';
import { loadFiles } from '../../../../src/sources/folder/objects/load-files.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import type { DocumentSink, ParsedFile } from '../../../../src/sources/folder/parse/parsed-file.ts';
import { rounds, runs } from '../../../helpers/runs.ts';

const FILE = 'all.yaml';

/** A file that is loaded again and again, as it changes. */
class Changing {
  readonly #known = new Map<string, KnownTexts>();
  /** Documents and items of Lists that were parsed at the last change. */
  parsed = 0;

  load(text: string) {
    const parse = (sink?: DocumentSink): ParsedFile => {
      const file = parseManifest(FILE, Buffer.from(text), sink);
      this.parsed = file.reads;
      return file;
    };
    const changed = [{ file: FILE, hash: '', changedAt: 0, parse }];
    const change = { changed, removed: [], warnings: [], isSynced: true };
    return loadFiles(change, { known: this.#known }).get(FILE) ?? [];
  }
}

const service = (at: number, port = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: web-${at}\nspec:\n  clusterIP: 10.96.${at >> 8}.${at & 255}\n  ports:\n  - nodePort: ${30_000 + (at % 1000)}\n    port: ${port}\n  type: NodePort\n`;

const list = (items: readonly string[]): string => {
  const indented = items.map((item) => `- ${item.trimEnd().replaceAll('\n', '\n  ')}\n`);
  return `apiVersion: v1\nitems:\n${indented.join('')}kind: List\n`;
};

const objectsOf = (documents: ReturnType<Changing['load']>) =>
  documents.flatMap(({ objects }) => objects);

/** More than fit into what is parsed whole. */
const MANY = rounds(500, 5000);

describe('a changed file', () => {
  const services = Array.from({ length: MANY }, (_, at) => service(at));

  test.for([
    ['documents', (all: readonly string[]) => all.join('---\n')],
    ['items of a List', list],
  ] as const)(`of ${MANY} %s has the 1 that changed parsed`, ([, write]) => {
    const file = new Changing();
    const before = objectsOf(file.load(write(services)));
    expect(file.parsed).toBe(MANY);
    const changed = services.with(7, service(7, 81));
    const after = objectsOf(file.load(write(changed)));
    expect(file.parsed).toBe(1);
    expect(after.flatMap((object, at) => (object === before[at] ? [] : at))).toEqual([7]);
    const moved = objectsOf(file.load(write(changed.slice(1))));
    expect(file.parsed).toBe(0);
    expect(moved.every((object, at) => object === after[at + 1])).toBe(true);
    expect(moved).toEqual(objectsOf(new Changing().load(write(changed.slice(1)))));
  });

  const blocks = [
    ...Array.from({ length: 4 }, (_, at) => service(at)),
    ...[service(5, 0), service(6).replace('kind: Service', 'kind: Srvice')],
    ...['# comment\n', '\n', '&x\n'.concat(service(7)), 'a: [\n', '{"a":1}{"b":2}\n', '\t\na: 1\n'],
    ...['{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x"}}\n', 'kind: ConfigMap\n'],
    ...[
      '# head\n'.concat(service(8)),
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\n',
    ],
    ...['a: 1\n...\nb: 2\n', service(0).replace('name: web-0', 'nam: web-0')],
  ];
  const padding = `# ${'x'.repeat(MAX_WHOLE_CHARS)}\n`;
  const block = fc.constantFrom(...blocks);
  const items = block.filter((text) => /^(#|apiVersion|kind|&x)/.test(text));
  const version = fc.oneof(
    fc.array(block, { maxLength: 8 }).map((all) => all.join('---\n')),
    fc
      .tuple(fc.array(items, { maxLength: 6 }), fc.constantFrom('List', 'ServiceList'))
      .map(([all, kind]) => `${list(all).replace('kind: List\n', `kind: ${kind}\n`)}${padding}`),
  );

  test('is read as if it was read for the first time', () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 2, maxLength: 5 }), (versions) => {
        const file = new Changing();
        for (const text of versions) expect(file.load(text)).toEqual(new Changing().load(text));
      }),
      { numRuns: runs(400) },
    );
  });
});
