import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../../src/kube/objects.ts';
import { quickSlice, quickWrittenSlice } from '../../../src/kube/schema/quick-slice.ts';
import { runs } from '../../helpers/runs.ts';
import { readByFields } from '../read-by-fields.ts';

const origin = { file: 'EndpointSlice shop/web', document: 0, line: 0, column: 0 };

/** What the reader of manifests makes of a slice; undefined when it refuses it. */
function slowly(value: object): EndpointSlice | undefined {
  return readByFields('EndpointSlice', 'discovery.k8s.io/v1', value, origin).object as
    | EndpointSlice
    | undefined;
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00:0::1', '10.0.0.01');
const badAddress = fc.constantFrom('127.0.0.1', '::ffff:10.0.0.1', 'a.b', '', 7, null, 'fe80::1');
const endpoint = fc.record({
  addresses: fc.oneof(
    { weight: 9, arbitrary: fc.array(address, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.array(badAddress, { maxLength: 2 }) },
  ),
  conditions: fc.constantFrom({ ready: true }, { ready: false }, {}, null, { ready: 1 }, []),
  hostname: fc.constantFrom(undefined, null, 'db-0', '', 'Db', 3),
  targetRef: fc.constantFrom(undefined, null, { name: 'web-1' }, {}, { name: 1 }, 'web'),
});
const port = fc.record({
  name: fc.constantFrom(undefined, null, '', 'http', 'grpc', 'HTTP', 1),
  protocol: fc.constantFrom(undefined, null, 'TCP', 'UDP', '', 'tcp'),
  port: fc.constantFrom(undefined, null, 80, 443, 0, 65_536, 2 ** 31, '80'),
});
const labels = fc.constantFrom<unknown>(
  { 'kubernetes.io/service-name': 'web' },
  { 'kubernetes.io/service-name': 'web', app: 'web' },
  { app: '' },
  { 'a/b/c': 'x' },
  { app: 'no spaces' },
  { app: 1 },
  null,
  undefined,
);
const slice = fc.record({
  metadata: fc.record({
    namespace: fc.constantFrom('shop', 'shop', 'Shop', '', null),
    name: fc.constantFrom('web-x', 'web.x', 'Web', ''),
    labels,
    annotations: fc.constantFrom(undefined, null, { 'a.b/c': 'd' }, { 'a b': 'c' }, { a: 1 }),
  }),
  addressType: fc.constantFrom('IPv4', 'IPv4', 'IPv6', 'FQDN', '', undefined),
  endpoints: maybe(fc.array(endpoint, { maxLength: 3 })),
  ports: maybe(fc.array(port, { maxLength: 2 })),
});

/** Most are ordinary. */
const ordinary = fc.record({
  metadata: fc.constant({
    ...{ namespace: 'shop', name: 'web-x', annotations: { 'a.b/c': 'd' } },
    labels: { 'kubernetes.io/service-name': 'web', 'x.io/y': 'z' },
  }),
  addressType: fc.constant('IPv4'),
  endpoints: fc.array(
    fc.record({
      addresses: fc.constantFrom(['10.0.0.1'], ['10.0.0.2'], ['10.0.0.3', '10.0.0.4']),
      conditions: fc.constantFrom({ ready: true }, { ready: false }, {}),
      hostname: fc.constantFrom(undefined, 'db-0'),
      targetRef: fc.constantFrom(undefined, { name: 'web-1' }),
    }),
    { maxLength: 4 },
  ),
  ports: fc.constantFrom([{ name: 'http', port: 80, protocol: 'TCP' }], [{ name: '', port: 1 }]),
});

const any = fc.oneof(slice, ordinary);

test('quickSlice reads what the reader of manifests reads, or nothing', () => {
  fc.assert(
    fc.property(any, any, (before, after) => {
      const known = quickSlice(before, origin, undefined);
      for (const former of [undefined, known, slowly(before)]) {
        const quick = quickSlice(after, origin, former);
        if (quick !== undefined) expect(quick).toEqual(slowly(after));
      }
    }),
    { numRuns: runs(2000) },
  );
});

test('quickSlice reads every ordinary slice, and gives the very same where nothing changed', () => {
  fc.assert(
    fc.property(ordinary, ordinary, (before, after) => {
      const known = quickSlice(before, origin, undefined);
      expect(known).toBeDefined();
      expect(quickSlice(structuredClone(before), origin, known)).toBe(known);
      const changed = quickSlice(after, origin, known);
      expect(changed?.labels).toBe(known?.labels);
      const isSame = JSON.stringify(slowly(before)) === JSON.stringify(slowly(after));
      expect(changed === known).toBe(isSame);
    }),
    { numRuns: runs(500) },
  );
});

/** With members that are warned of among them. */
const written = fc.record(
  {
    apiVersion: fc.constant('discovery.k8s.io/v1'),
    metadata: fc.oneof(slice, ordinary).map(({ metadata }) => ({ ...metadata, uid: 'x' })),
    addressType: fc.constantFrom('IPv4', 'IPv6'),
    endpoints: fc.array(fc.oneof(fc.record({ addresses: fc.constant(['10.0.0.1']) }), endpoint)),
    ports: fc.array(port, { maxLength: 2 }),
    port: fc.constant(1),
    spec: fc.constant({}),
  },
  { requiredKeys: ['metadata', 'addressType', 'endpoints'] },
);

test('quickWrittenSlice reads only what the reader of manifests says nothing about', () => {
  fc.assert(
    fc.property(fc.oneof(any, written), (value) => {
      const quick = quickWrittenSlice(value, origin);
      if (quick === undefined) return;
      const { object, problems } = readByFields(
        ...(['EndpointSlice', 'discovery.k8s.io/v1', value, origin] as const),
      );
      expect(problems).toEqual([]);
      expect(quick).toEqual(object);
    }),
    { numRuns: runs(2000) },
  );
});

test('quickWrittenSlice reads what kubectl prints', () => {
  const item = {
    addresses: ['10.0.0.1'],
    conditions: { ready: true, serving: true, terminating: false },
    ...{ nodeName: 'n', targetRef: { kind: 'Pod', name: 'web-1' }, zone: 'a' },
  };
  const metadata = { name: 'web-x', namespace: 'shop', generation: 3, uid: 'u' };
  const value = (change: object = {}, itemChange: object = {}) => ({
    ...{ addressType: 'IPv4', apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    endpoints: [{ ...item, ...itemChange }],
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ...change,
  });
  expect(quickWrittenSlice(value(), origin)).toEqual(slowly(value()));
  expect(quickWrittenSlice(value(), origin)).toBeDefined();
  expect(quickWrittenSlice(value({ port: [] }), origin)).toBeUndefined();
  expect(quickWrittenSlice(value({}, { adresses: [] }), origin)).toBeUndefined();
  expect(quickWrittenSlice(value({}, { conditions: { redy: true } }), origin)).toBeUndefined();
  const unnamed = value({ metadata: { ...metadata, labels: { app: 'web' } } });
  expect(quickWrittenSlice(unnamed, origin)).toBeUndefined();
});
