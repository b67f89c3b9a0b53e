import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../../../src/kube/objects.ts';
import { QuickYaml } from '../../../../src/sources/folder/parse/quick-yaml.ts';
import { SliceText } from '../../../../src/sources/folder/parse/slice-text.ts';
import { StringPool } from '../../../../src/sources/folder/parse/string-pool.ts';
import { readYaml } from '../../../../src/sources/folder/parse/yaml.ts';
import { runs } from '../../../helpers/runs.ts';
import { readByFields } from '../../../kube/read-by-fields.ts';

const origin = { file: 'dump.yaml', document: 0, line: 7, column: 3 };

const ENDPOINT = [
  '  - addresses:',
  '    - 10.244.0.7',
  '    conditions:',
  '      ready: true',
  '      serving: true',
  '      terminating: false',
  '    hostname: web-0',
  '    nodeName: ip-10-0-0-17.internal',
  '    targetRef:',
  '      kind: Pod',
  '      name: web-7c5b6d8f9-x2x4p',
  '      namespace: shop',
  '      uid: 5f0c1d2e-3a4b-4c5d-8e6f-0000000000ff',
  '    zone: eu-central-1a',
];

const SLICE = [
  '- addressType: IPv4',
  '  apiVersion: discovery.k8s.io/v1',
  '  endpoints:',
  ...ENDPOINT,
  ...['  - addresses:', '    - 10.244.0.8', '    conditions:', '      ready: false'],
  ...['  - addresses:', '    - 10.244.0.9', '    - 10.244.0.10'],
  '  kind: EndpointSlice',
  '  metadata:',
  '    generateName: web-',
  '    labels:',
  '      kubernetes.io/service-name: web',
  '    name: web-x2x4p',
  '    namespace: shop',
  '    ownerReferences:',
  '    - apiVersion: v1',
  '      kind: Service',
  '  ports:',
  '  - name: http',
  '    port: 8080',
  '    protocol: TCP',
];

const NEXT = '- addressType: IPv4\n  apiVersion: discovery.k8s.io/v1\n';

/** A slice by its text, with another item behind it. */
function quickly(lines: readonly string[]): EndpointSlice | undefined {
  const item = `${lines.join('\n')}\n`;
  const text = `items:\n${item}${NEXT}`;
  const strings = new StringPool(text.length);
  const slices = new SliceText(text, new QuickYaml(text, strings), strings);
  return slices.read('items:\n'.length, 'items:\n'.length + item.length, origin);
}

/** The same by js-yaml and the reader with fields, which may have something to say. */
function slowly(lines: readonly string[]): unknown {
  const outcome = readYaml(`${lines.join('\n')}\n`);
  if (outcome.kind === 'fault') return outcome.fault;
  const [document] = outcome.documents;
  const [value = {}] = (document?.value ?? []) as readonly object[];
  const { object, problems } = readByFields('EndpointSlice', 'discovery.k8s.io/v1', value, origin);
  expect(value).toMatchObject({ kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' });
  return problems.length > 0 ? problems : object;
}

test('an EndpointSlice is read from the text that kubectl prints', () => {
  expect(quickly(SLICE)).toEqual(slowly(SLICE));
  expect(quickly(SLICE)?.endpoints).toEqual([
    {
      addresses: ['10.244.0.7'],
      ready: true,
      hostname: 'web-0',
      targetName: 'web-7c5b6d8f9-x2x4p',
    },
    { addresses: ['10.244.0.8'], ready: false, hostname: '', targetName: '' },
    { addresses: ['10.244.0.9', '10.244.0.10'], ready: true, hostname: '', targetName: '' },
  ]);
});

test('a slice of which something is said is left to the others', () => {
  const changed = (from: string, to: string) =>
    quickly(SLICE.map((line) => line.replace(from, to)));
  expect(changed('nodeName: ip', 'nodeNam: ip')).toBeUndefined();
  expect(changed('10.244.0.7', '127.0.0.1')).toBeUndefined();
  expect(changed('10.244.0.7', 'fd00::1')).toBeUndefined();
  expect(changed('ready: true', 'ready: "true"')).toBeUndefined();
  expect(changed('name: web-7c', 'name: 7 # c')).toBeUndefined();
  expect(changed('service-name: web', 'service-nam: web')).toBeUndefined();
  expect(changed('kind: EndpointSlice', 'kind: EndpointSlices')).toBeUndefined();
  expect(quickly([...SLICE, '  endpoints:'])).toBeUndefined();
  expect(quickly([...SLICE, '  addressType: IPv4'])).toBeUndefined();
  const many = Array.from({ length: 1001 }, () => ENDPOINT).flat();
  expect(quickly(SLICE.toSpliced(3, ENDPOINT.length, ...many))).toBeUndefined();
});

test('an item that ends in the middle is not read beyond its end', () => {
  for (let length = 1; length < SLICE.length - 4; length += 1) {
    const lines = SLICE.slice(0, length);
    const slice = quickly(lines);
    if (slice !== undefined) expect(slice).toEqual(slowly(lines));
    if (length < 27) expect(slice).toBeUndefined();
  }
});

const value = fc.constantFrom(
  ...['IPv4', 'IPv6', '10.0.0.1', '"10.0.0.1"', "'10.0.0.1'", 'fd00::1', '"::1"', '010.0.0.1'],
  ...['true', 'false', '"true"', 'True', 'yes', 'null', '~', '', '1', '0x1', '1e3', '1.5', '-1'],
  ...['web-1', 'Web_1', 'a: b', 'a:', 'a #b', 'a#b', 'a b', 'a ', '"a\\n"', "'it''s'", '"open'],
  ...['[]', '{}', '[a]', '|', '>', '&a b', '*a', '# c', '!!str 1', '@', 'é', '127.0.0.1'],
);

const mutation = fc.record({
  how: fc.constantFrom('drop', 'double', 'swap', 'value', 'value', 'value', 'indent', 'odd'),
  at: fc.nat(SLICE.length - 1),
  other: fc.nat(SLICE.length - 1),
  value,
  odd: fc.constantFrom('', '  # comment', '    hints:', '  extra: 1', '---', '  - x', '\t'),
});

function mutated(lines: string[], { how, at, other, value, odd }: Mutation): string[] {
  const line = lines[at] ?? '';
  if (how === 'drop') return lines.toSpliced(at, 1);
  if (how === 'double') return lines.toSpliced(other, 0, line);
  if (how === 'swap')
    return lines.with(at % lines.length, lines[other] ?? '').toSpliced(other, 1, line);
  if (how === 'indent') return lines.toSpliced(at, 1, ` ${line}`);
  if (how === 'odd') return lines.toSpliced(at, 0, odd);
  const head = /^ *(?:- )?(?:[\w./]+:)?/.exec(line)?.[0] ?? '';
  return lines.toSpliced(at, 1, `${head.trimEnd()} ${value}`);
}

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

test('whatever is read from the text is what the other readers say', () => {
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 3 }), (mutations) => {
      const lines = mutations.reduce(mutated, [...SLICE]);
      const slice = quickly(lines);
      if (slice !== undefined) expect(slice).toEqual(slowly(lines));
    }),
    { numRuns: runs(2000) },
  );
});
