import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../src/kube/objects.ts';
import { portsWithRecords } from '../../src/kube/port-limit.ts';

function slice(addresses: number, ports: number, ready = true): EndpointSlice {
  const endpoint = { addresses: ['10.0.0.1'], ready, hostname: '', targetName: '' };
  return {
    kind: 'EndpointSlice',
    namespace: 'shop',
    name: 'web-1',
    labels: new Map(),
    origin: { file: 'a.yaml', document: 0, line: 1, column: 1 },
    serviceName: 'web',
    addressType: 'IPv4',
    endpoints: new Array(addresses).fill(endpoint),
    ports: new Array(ports).fill({ name: '', protocol: 'TCP', port: 80 }),
  };
}

test.each<[title: string, slices: EndpointSlice[], ports: number[]]>([
  ['all ports of usual slices', [slice(100, 3), slice(100, 0), slice(0, 2)], [3, 0, 2]],
  ['all of a single port', [slice(300_000, 1)], [1]],
  ['all that a slice may have at a few addresses', [slice(12, 20_000)], [20_000]],
  ['the first ports of the largest slice', [slice(1_000, 20_000)], [250]],
  ['one of each slice when nothing is left', [slice(1_000, 250), slice(10, 9)], [250, 1]],
  ['those of endpoints that are not ready', [slice(1_000, 20_000, false)], [20_000]],
])('portsWithRecords: %s', (_, slices, ports) => {
  expect(portsWithRecords(slices)).toEqual(ports);
});
