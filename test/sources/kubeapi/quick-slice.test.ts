import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../../src/kube/objects.ts';
import { readDocument } from '../../../src/kube/schema.ts';
import { quickSlice } from '../../../src/sources/kubeapi/quick-slice.ts';
import { runs } from '../../helpers/runs.ts';

const origin = { file: 'EndpointSlice shop/web', document: 0, line: 0, column: 0 };

/** What the reader of manifests makes of a slice; undefined when it refuses it. */
function slowly(value: object): EndpointSlice | undefined {
  const document = {
    value: { ...value, kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
    ...{ origin, locate: () => origin, locateKey: () => origin },
  };
  return readDocument(document).objects[0] as EndpointSlice | undefined;
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
