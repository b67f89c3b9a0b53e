import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_WHOLE_CHARS } from '../../../../src/sources/folder/limits.ts';
import { loadDocument } from '../../../../src/sources/folder/objects/load-files.ts';
import { listDocument, UncutError } from '../../../../src/sources/folder/parse/list-document.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import type { DocumentSink } from '../../../../src/sources/folder/parse/parsed-file.ts';
import { isQuickText, QuickYaml } from '../../../../src/sources/folder/parse/quick-yaml.ts';
import { SourceText } from '../../../../src/sources/folder/parse/source-text.ts';
import { StringPool } from '../../../../src/sources/folder/parse/string-pool.ts';
import { runs } from '../../../helpers/runs.ts';

const FILE = 'dump.yaml';

/** What a text holds when it is cut; undefined when it is not. */
function cut(text: string) {
  const source = new SourceText(FILE, text);
  const originAt = (offset: number) => ({ file: FILE, document: 0, ...source.place(offset) });
  const quick = isQuickText(text) ? new QuickYaml(text, new StringPool(text.length)) : undefined;
  const document = listDocument(text, 0, { quick, originAt, onRead: () => {}, tick: () => {} });
  return document && loadDocument(document);
}

/** What it holds when it is parsed in one go. */
function whole(text: string) {
  const [document, ...others] = parseManifest(FILE, Buffer.from(text)).documents;
  expect(others).toEqual([]);
  return loadDocument(document!);
}

/** Items as lines, without the list's own indentation. */
const ITEMS: readonly (readonly string[])[] = [
  ['- apiVersion: v1', '  kind: Service', '  metadata: {name: a}', '  spec: {clusterIP: None}'],
  ['- {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: 0}]}}'],
  [
    '- apiVersion: v1',
    '  kind: Pod',
    '  metadata:',
    '    annotations:',
    '      a: |',
    '        - x',
    '',
    '        items:',
    '    name: c',
  ],
  [
    '-',
    '  apiVersion: v1',
    '  kind: Namespace',
    '  # - a comment',
    '  metadata: {name: "d',
    '    e"}',
  ],
  ['# between', '- apiVersion: v1', '  kind: Srvice', '', '  metadata: {name: f}'],
  ['- not an object'],
  ['- apiVersion: v1', '  kind: ConfigMap', '  data:', '    key: >-', '      text', '      - more'],
  [
    '- apiVersion: v1',
    '  kind: List',
    '  items:',
    '  - apiVersion: v1',
    '    kind: Service',
    '    metadata: {name: g}',
    '    spec: {clusterIP: None, porst: []}',
  ],
];

const KEYS = ['apiVersion: v1', 'kind: List', 'metadata:\n  resourceVersion: ""'] as const;

describe('listDocument', () => {
  test('reads what parsing in one go reads, at the same places', () => {
    const lists = fc.record({
      items: fc.array(fc.constantFrom(...ITEMS), { minLength: 1, maxLength: 6 }),
      indent: fc.constantFrom(0, 2),
      before: fc.subarray([...KEYS]),
      comment: fc.constantFrom('', ' # all of them'),
      end: fc.constantFrom('\n', '\r\n'),
    });
    fc.assert(
      fc.property(lists, ({ items, indent, before, comment, end }) => {
        const lines = items.flat().map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
        const after = KEYS.filter((key) => !before.includes(key));
        const text = [...before, `items:${comment}`, ...lines, ...after, ''].join('\n');
        const written = text.replaceAll('\n', end);
        expect(cut(written)).toEqual(whole(written));
      }),
      { numRuns: runs(300) },
    );
  });

  test('cuts pieces of many items, and finds places in all of them', () => {
    const item = (at: number) =>
      `- apiVersion: v1\n  kind: Service\n  metadata: {name: s${at}, annotations: {a: ${'x'.repeat(900)}}}\n  spec: {ports: [{port: ${at % 10 === 0 ? 0 : 80}}]}\n`;
    const text = `apiVersion: v1\nitems:\n${Array.from({ length: 400 }, (_, at) => item(at)).join('')}kind: List\n`;
    const loaded = cut(text);
    expect(loaded).toEqual(whole(text));
    expect([loaded?.objects.length, loaded?.problems.length]).toEqual([360, 40]);
    expect(loaded?.problems.at(-1)?.origin).toEqual({
      file: FILE,
      document: 0,
      line: 1566,
      column: 25,
    });
  });

  test.for([
    ['a list in flow style', 'kind: List\nitems: [{a: b}]\n'],
    ['no list', 'kind: List\nitems:\n  a: b\n'],
    ['another kind', 'kind: Service\nitems:\n- a: b\n'],
    ['no kind', 'items:\n- a: b\n'],
    ['a mistake around the items', 'kind: List\nitems:\n- a: b\nkind: List\n'],
    ['a second list', 'kind: List\nitems:\n- a: b\nitems:\n- a: c\n'],
    ['a second document', 'kind: List\nitems:\n- a: b\n...\na: b\n'],
  ])('leaves %s to be parsed whole', ([, text]) => {
    expect(cut(text!)).toBeUndefined();
  });

  test.for([
    ['a mistake', '- a: b\n- "c\n- d"\n'],
    ['an alias', '- &x {a: b}\n- *x\n'],
    ['deep nesting', `- ${'['.repeat(63)}${']'.repeat(63)}\n`],
  ])('gives up where the items have %s', ([, items]) => {
    expect(() => cut(`kind: List\napiVersion: v1\nitems:\n${items}`)).toThrow(UncutError);
  });
});

describe('parseManifest with a sink', () => {
  const service = (name: string) =>
    `- {apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {clusterIP: None}}\n`;
  const pad = `# ${'x'.repeat(998)}\n`;
  const long = (items: string) =>
    `apiVersion: v1\nkind: List\nitems:\n${items}${pad.repeat((5 * MAX_WHOLE_CHARS) / 1000)}`;

  function taken(text: string) {
    const names: string[] = [];
    let progress = 0;
    const sink: DocumentSink = {
      take: (document) => {
        const { objects } = loadDocument(document);
        names.push(`${document.origin.document}: ${objects.map(({ name }) => name).join(' ')}`);
      },
      progress: () => {
        progress += 1;
      },
    };
    const { documents, failed, parsed } = parseManifest(FILE, Buffer.from(text), sink);
    return { names, isMoving: progress > 0, documents, failed: failed.length, parsed };
  }

  test('hands over each document once, those that are cut too, and keeps none', () => {
    const text = `${long(service('a') + service('b'))}---\na: [\n---\n${service('c').slice(2)}`;
    expect(taken(text)).toEqual({
      names: ['0: a b', '2: c'],
      isMoving: true,
      documents: [],
      failed: 1,
      parsed: true,
    });
  });

  test('parses whole what cannot be cut', () => {
    const { names, failed } = taken(long(`- &x ${service('a').slice(2)}- *x\n`));
    expect([names, failed]).toEqual([['0: a a'], 0]);
    expect(taken(long(`${service('a')}- [\n`))).toMatchObject({ names: [], failed: 1 });
  });
});
