import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type { Path } from '../../../../src/kube/document.ts';
import { PositionIndex, yamlPositions } from '../../../../src/sources/folder/parse/positions.ts';
import { isQuickText, QuickYaml, UNREAD } from '../../../../src/sources/folder/parse/quick-yaml.ts';
import { StringPool } from '../../../../src/sources/folder/parse/string-pool.ts';
import { readYaml } from '../../../../src/sources/folder/parse/yaml.ts';
import { runs } from '../../../helpers/runs.ts';

const strings = new StringPool(0);

/** What the lines from `start` on hold, and where; undefined when they are left to js-yaml. */
function quick(text: string, start = 0) {
  if (!isQuickText(text)) return undefined;
  const positions = new PositionIndex();
  const reader = new QuickYaml(text, strings);
  const value = reader.read(start, text.length);
  expect(reader.read(start, text.length, positions)).toEqual(value);
  if (value === UNREAD) return undefined;
  for (const path of pathsOf(value, [])) {
    // The first place that is asked for is found without an index; so is one that is not there.
    for (const asked of [path, [...path, 'missing'], [...path, 7]]) {
      expect(reader.places(start, text.length).find(asked)).toBe(positions.find(asked));
    }
  }
  return { value, places: placesOf(value, positions) };
}

/** The same by js-yaml; undefined when it is a fault or several documents. */
function oracle(text: string) {
  const outcome = readYaml(text);
  const [document, ...others] = outcome.kind === 'documents' ? outcome.documents : [];
  if (document === undefined || others.length > 0) return undefined;
  const { value, events } = document;
  return { value, places: placesOf(value, yamlPositions(events, text)) };
}

/** Where each part is and where its key is: `spec.ports.0 21 21`. */
function placesOf(value: unknown, positions: PositionIndex): string[] {
  return pathsOf(value, []).map(
    (path) => `${path.join('.')} ${positions.find(path)} ${positions.findKey(path)}`,
  );
}

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Service"}
  creationTimestamp: "2026-03-04T05:06:07Z"
  labels: {}
  name: web
spec:
  clusterIP: 10.96.0.7
  clusterIPs:
  - 10.96.0.7
  - fd00::7
  externalIPs: []
  ports:
  - name: http
    port: 80
    targetPort: 'on'
  # a comment

  - name: a b#c
    port: 443
  selector:
status:
  loadBalancer: {}
`;

describe('QuickYaml', () => {
  test('reads what kubectl prints', () => {
    expect(quick(SERVICE)?.value).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration':
            '{"apiVersion":"v1","kind":"Service"}\n',
        },
        creationTimestamp: '2026-03-04T05:06:07Z',
        labels: {},
        name: 'web',
      },
      spec: {
        clusterIP: '10.96.0.7',
        clusterIPs: ['10.96.0.7', 'fd00::7'],
        externalIPs: [],
        ports: [
          { name: 'http', port: 80, targetPort: 'on' },
          { name: 'a b#c', port: 443 },
        ],
        selector: null,
      },
      status: { loadBalancer: {} },
    });
    expect(quick(SERVICE)).toEqual(oracle(SERVICE));
  });

  test.for([
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n'],
    ['a name of every object', 'constructor: 1\n'],
    ['__proto__', '__proto__: 1\n'],
    ['a key that is no text', 'on: 1\n'],
    ['a key in quotes', '"a": 1\n'],
    ['flow style', 'a: {b: 1}\n'],
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a comment behind a value', 'a: 1 # one\n'],
    ['a text over two lines', 'a: b\n  c\n'],
    ['quotes over two lines', 'a: "b\n  c"\n'],
    ['an escape', 'a: "\\n"\n'],
    ['a folded text', 'a: >\n  b\n'],
    ['a blank line in a text', 'a: |\n  b\n\n  c\n'],
    ['a text kept whole', 'a: |+\n  b\n'],
    ['a colon in a value', 'a: b: c\n'],
    ['a tab', 'a:\tb\n'],
    ['CR LF', 'a: b\r\n'],
    ['a letter beyond ASCII', 'a: ü\n'],
    ['keys out of line', 'a:\n    b: 1\n  c: 2\n'],
    ['a list among keys', 'a: 1\n- b\n'],
    ['a list in a list', '- - a\n'],
    ['an end marker', 'a: 1\n...\n'],
    ['two documents', 'a: 1\n---\nb: 1\n'],
    ['a text alone', 'a\n'],
    ['nothing', '# a\n'],
    ['deep nesting', Array.from({ length: 40 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')],
  ])('leaves %s to js-yaml', ([, text]) => {
    expect(quick(text!)).toBeUndefined();
  });

  test.for([
    ...['0', '7', '-1', '010', '08', '0x1F', '0b1', '1_000', '1.5', '1e3', '.5', '.inf', '+1'],
    ...['123456789012345', '1234567890123456789', '99999999999999999999', '10:30', '1.2.3.4'],
    ...['yes', 'No', 'y', 'N', 'on', 'OFF', 'true', 'False', 'null', 'NULL', '~', 'nulls', 'x'],
    ...['2026-03-04', '5f0c1d2e-3a4b', '80%', 'a,b]', 'a#b', 'http://x:80/', '=', '<<', '1.', '.'],
  ])('reads the value %s as js-yaml does, or not at all', (value) => {
    const text = `a:\n- ${value}\nb: ${value}\n`;
    expect(quick(text) ?? oracle(text)).toEqual(oracle(text));
  });

  const key = fc.constantFrom(
    ...'a b name k8s-app app.io/x on y1 constructor __proto__ 1a'.split(' '),
  );
  const scalar = fc.oneof(
    fc.constantFrom('', 'TCP', '10.0.0.1', 'fd00::1', 'true', 'no', '80', 80, -1, 1.5, null, true),
    fc.constantFrom(
      'a b',
      'a: b',
      'a #b',
      ' a',
      'a\nb',
      'a\nb\n',
      '\na',
      '{"a":"b"}\n',
      "it's",
      'é',
    ),
    fc.string({ maxLength: 20 }),
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).node;
  const written = fc
    .tuple(tree, fc.constantFrom(0, 2), fc.boolean())
    .map(
      ([value, indent, noArrayIndent]) =>
        `${'#\n'.repeat(indent)}${dump({ items: value }, { noRefs: true, lineWidth: -1, seqNoIndent: noArrayIndent })}`,
    );

  test('reads what js-yaml reads, at the same places, or nothing', () => {
    let read = 0;
    fc.assert(
      fc.property(written, (text) => {
        const found = quick(text);
        if (found === undefined) return;
        read += 1;
        expect(found).toEqual(oracle(text));
      }),
      { numRuns: runs(2000) },
    );
    expect(read).toBeGreaterThan(10);
  });

  test('reads no text with something changed but as js-yaml does', () => {
    const pieces = fc.constantFrom(
      ...[' ', '  ', '\n', '- ', ': ', ':', '#', ' #', '"', "'", '|', '|-\n', '[]', '{}', '{', ','],
      ...['a', 'a: b\n', '\t', '&', '*', '!', '%', '@', '?', '? ', '...', '---', '~', '0', '\\'],
    );
    const changed = fc.tuple(
      fc.oneof(written, fc.constant(SERVICE)),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), pieces), { minLength: 1, maxLength: 3 }),
    );
    let read = 0;
    fc.assert(
      fc.property(changed, ([original, edits]) => {
        const text = edits.reduce((before, [at, gone, piece]) => {
          const index = at % (before.length + 1);
          return before.slice(0, index) + piece + before.slice(index + gone);
        }, original);
        const found = quick(text);
        if (found === undefined) return;
        read += 1;
        expect(found).toEqual(oracle(text));
      }),
      { numRuns: runs(5000) },
    );
    expect(read).toBeGreaterThan(10);
  });

  test('reads lines inside a text as if they stood alone', () => {
    const text = `${SERVICE}---\n${SERVICE}`;
    const start = SERVICE.length + 4;
    const positions = new PositionIndex();
    const value = new QuickYaml(text, strings).read(start, text.length, positions);
    expect(value).toEqual(quick(SERVICE)?.value);
    expect(positions.find(['kind'])).toBe(start + text.indexOf('Service'));
    expect(new QuickYaml(text, strings).read(0, SERVICE.length)).toEqual(value);
  });
});
