import { expect, test } from 'vitest';
import { problemLines, readManifest, readOne } from '../read-manifest.ts';

const object = (kind: string, rest: string, version = 'v1') =>
  `apiVersion: gateway.networking.k8s.io/${version}\nkind: ${kind}\nmetadata: {name: g, namespace: shop}\n${rest}`;

test('readDocument reads a Gateway: listeners, and the addresses of its status', () => {
  const text = object(
    'Gateway',
    `spec:
  gatewayClassName: nginx
  addresses: [{value: 192.0.2.1}]
  listeners:
    - {name: web, hostname: "*.example.com", port: 80, protocol: HTTP}
    - {name: all, port: 80, protocol: HTTP}
status:
  addresses: [{type: IPAddress, value: 192.0.2.9}, {type: Hostname, value: gw.example.net.}, {type: example.com/x, value: z}]
`,
  );
  expect(problemLines(text)).toEqual([]);
  expect(readOne('Gateway', text)).toEqual({
    kind: 'Gateway',
    namespace: 'shop',
    name: 'g',
    labels: new Map(),
    origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
    annotations: new Map(),
    className: 'nginx',
    listeners: [
      { name: 'web', hostname: '*.example.com' },
      { name: 'all', hostname: '' },
    ],
    points: [
      { ip: '192.0.2.9', hostname: '' },
      { ip: '', hostname: 'gw.example.net' },
    ],
  });
});

test('a Gateway without a status has the addresses that it asks for', () => {
  const text = object('Gateway', 'spec: {addresses: [{value: "2001:db8::1"}, {}]}');
  expect(readOne('Gateway', text).points).toEqual([{ ip: '2001:db8::1', hostname: '' }]);
});

test.each([
  ['HTTPRoute', 'v1'],
  ['HTTPRoute', 'v1beta1'],
  ['TLSRoute', 'v1alpha2'],
  ['GRPCRoute', 'v1'],
] as const)('readDocument reads the host names and parents of a %s of %s', (kind, version) => {
  const text = object(
    kind,
    `spec:
  hostnames: [a.example.com, "*.b.example.com"]
  parentRefs:
    - {name: gw}
    - {name: gw, namespace: infra, sectionName: web, group: gateway.networking.k8s.io, kind: Gateway}
    - {name: web, kind: Service, group: ""}
    - {name: odd, group: example.com}
`,
    version,
  );
  expect(problemLines(text)).toEqual([]);
  expect(readOne(kind, text)).toMatchObject({
    hostnames: ['a.example.com', '*.b.example.com'],
    parents: [
      { namespace: 'shop', name: 'gw', sectionName: '' },
      { namespace: 'infra', name: 'gw', sectionName: 'web' },
    ],
  });
});

test.each([
  [
    'Gateway',
    'spec: {listeners: [{hostname: 10.0.0.1}]}',
    'spec.listeners[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    'Gateway',
    'spec: {addresses: [{value: x}]}',
    'spec.addresses[0].value: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    'Gateway',
    'spec: {addresses: [{type: Hostname, value: 10.0.0.1}]}',
    'spec.addresses[0].value: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    'Gateway',
    `spec: {listeners: [${'{},'.repeat(65)}]}`,
    'spec.listeners: Too many: 65: must have at most 64 items',
  ],
  [
    'HTTPRoute',
    `spec: {hostnames: [${'a,'.repeat(17)}]}`,
    'spec.hostnames: Too many: 17: must have at most 16 items',
  ],
  ['HTTPRoute', 'spec: {parentRefs: [{namespace: x}]}', 'spec.parentRefs[0].name: Required value'],
])('readDocument refuses a %s with %s', (kind, rest, message) => {
  expect(problemLines(object(kind, rest))).toEqual([
    expect.stringContaining(`error ${kind} "g" is invalid: ${message}`),
  ]);
});

test('a list of Routes is read, and a kind or version of somebody else is passed over', () => {
  const list =
    'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRouteList\nitems: [{metadata: {name: a}, spec: {hostnames: [a.example]}}]';
  expect(readManifest(list).objects.map(({ kind }) => kind)).toEqual(['HTTPRoute']);
  expect(readManifest(object('TCPRoute', 'spec: {}')).passedOver).toEqual(['TCPRoute']);
  expect(readManifest(object('Gateway', 'spec: {}', 'v9')).passedOver).toEqual(['Gateway']);
});
