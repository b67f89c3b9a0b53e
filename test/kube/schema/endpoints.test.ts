import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const endpoints = (subsets: string) =>
  `apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets: ${subsets}`;
const slice = (rest: string) =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: db-1, labels: {kubernetes.io/service-name: db}}\n${rest}`;
const LABEL_1123 = 'a lowercase RFC 1123 label must consist of lower case';
const many = (count: number, item: (index: number) => string) =>
  `[${Array.from({ length: count }, (_, index) => item(index)).join(', ')}]`;

test.each<[title: string, manifest: string, lines: unknown[]]>([
  [
    'Endpoints with unusable addresses',
    endpoints(
      '[{addresses: [{ip: 127.0.0.1}, {ip: 169.254.0.1}, {ip: 0.0.0.0}, {ip: 224.0.0.1}, {ip: db}]}]',
    ),
    [
      '4:29 error Endpoints "db" is invalid: subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      '4:46 error Endpoints "db" is invalid: subsets[0].addresses[1].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      '4:65 error Endpoints "db" is invalid: subsets[0].addresses[2].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      '4:80 error Endpoints "db" is invalid: subsets[0].addresses[3].ip: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      '4:97 error Endpoints "db" is invalid: subsets[0].addresses[4].ip: Invalid value: "db": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'a subset without addresses',
    endpoints('[{ports: [{port: 80}]}]'),
    [
      '4:11 error Endpoints "db" is invalid: subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
    ],
  ],
  [
    'Endpoints ports without names or numbers',
    endpoints('[{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}, {name: a}]}]'),
    [
      '4:49 error Endpoints "db" is invalid: subsets[0].ports[0].name: Required value',
      '4:61 error Endpoints "db" is invalid: subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'Endpoints with the fields of a slice',
    endpoints('[{addresses: [10.0.0.1]}]'),
    [
      '4:24 error Endpoints in version "v1" cannot be handled as a Endpoints: json: cannot unmarshal string into Go struct field EndpointSubset.subsets.addresses of type v1.EndpointAddress: expected a mapping, found "10.0.0.1"',
    ],
  ],
  [
    'a slice without a type',
    slice('endpoints: [{addresses: [10.0.0.1]}]'),
    ['1:1 error EndpointSlice "db-1" is invalid: addressType: Required value'],
  ],
  [
    'a slice of an unknown type',
    slice('addressType: ipv4'),
    [
      '4:14 error EndpointSlice "db-1" is invalid: addressType: Unsupported value: "ipv4": supported values: "FQDN", "IPv4", "IPv6": did you mean "IPv4"?',
    ],
  ],
  [
    'addresses of another type',
    slice('addressType: IPv4\nendpoints: [{addresses: ["fd00::1"]}, {addresses: [::1]}]'),
    [
      '5:26 error EndpointSlice "db-1" is invalid: endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
      '5:52 error EndpointSlice "db-1" is invalid: endpoints[1].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    'an endpoint without addresses',
    slice('addressType: IPv4\nendpoints: [{hostname: a}, {addresses: []}]'),
    [
      '5:13 error EndpointSlice "db-1" is invalid: endpoints[0].addresses: Required value: must contain at least 1 address',
      '5:40 error EndpointSlice "db-1" is invalid: endpoints[1].addresses: Required value: must contain at least 1 address',
    ],
  ],
  [
    'a name of one label in an FQDN slice',
    slice('addressType: FQDN\nendpoints: [{addresses: [db]}]'),
    [
      '5:26 error EndpointSlice "db-1" is invalid: endpoints[0].addresses[0]: Invalid value: "db": should be a domain with at least two segments separated by dots',
    ],
  ],
  [
    'ports of a slice with the same name',
    slice('addressType: IPv4\nports: [{port: 1}, {port: 2}]'),
    ['5:20 error EndpointSlice "db-1" is invalid: ports[1].name: Duplicate value: ""'],
  ],
  [
    'too many of everything',
    slice(
      `addressType: IPv4\nendpoints: ${many(1001, () => '{}')}\nports: ${many(20_001, () => '{}')}`,
    ),
    [
      '5:12 error EndpointSlice "db-1" is invalid: endpoints: Too many: 1001: must have at most 1000 items',
      '6:8 error EndpointSlice "db-1" is invalid: ports: Too many: 20001: must have at most 20000 items',
    ],
  ],
  [
    'too many addresses of one endpoint',
    slice(
      `addressType: IPv4\nendpoints: [{addresses: ${many(101, (index) => `10.0.0.${index}`)}}]`,
    ),
    [
      '5:25 error EndpointSlice "db-1" is invalid: endpoints[0].addresses: Too many: 101: must have at most 100 items',
    ],
  ],
  [
    'a host name, a protocol and port numbers that a slice cannot have',
    slice(
      'addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], hostname: ""}]\nports: [{port: 80, protocol: ""}]',
    ),
    [
      expect.stringMatching(
        /^5:47 error EndpointSlice "db-1" is invalid: endpoints\[0\]\.hostname: Invalid value: "": a lowercase RFC 1123 label must /,
      ),
      '6:30 error EndpointSlice "db-1" is invalid: ports[0].protocol: Unsupported value: "": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    'port numbers that the API server takes and DNS does not',
    slice(
      'addressType: IPv4\nports: [{name: a, port: 0}, {name: b, port: -1}, {name: c, port: 65536}]',
    ),
    [
      '5:25 warning EndpointSlice "db-1": ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive: the API server takes it, and SRV records have it',
      '5:45 warning EndpointSlice "db-1": ports[1].port: Invalid value: -1: must be between 1 and 65535, inclusive: the API server takes it, and no SRV record has it',
      '5:66 warning EndpointSlice "db-1": ports[2].port: Invalid value: 65536: must be between 1 and 65535, inclusive: the API server takes it, and no SRV record has it',
    ],
  ],
  [
    'IPv4-mapped addresses',
    slice('addressType: IPv6\nendpoints: [{addresses: ["::ffff:10.0.0.1"]}]'),
    [
      '5:26 error EndpointSlice "db-1" is invalid: endpoints[0].addresses[0]: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address',
    ],
  ],
  [
    'Endpoints ports with empty names',
    endpoints('[{addresses: [{ip: 10.0.0.1}], ports: [{port: 80, name: ""}, {name: a, port: 1}]}]'),
    ['4:66 error Endpoints "db" is invalid: subsets[0].ports[0].name: Required value'],
  ],
  [
    'a slice that belongs to no Service',
    slice('addressType: IPv4').replace(/, labels:.*$/m, '}'),
    [
      '3:11 warning EndpointSlice "db-1": no label kubernetes.io/service-name: these endpoints belong to no Service',
    ],
  ],
  [
    'slips in the names of fields of a slice',
    slice(
      'addressType: IPv4\nendpoints: [{address: [10.0.0.1], addresses: [10.0.0.1], condition: {}, conditions: {redy: true}}]',
    ),
    [
      '5:14 warning EndpointSlice "db-1": strict decoding error: unknown field "endpoints[0].address": did you mean "addresses"?',
      '5:58 warning EndpointSlice "db-1": strict decoding error: unknown field "endpoints[0].condition": did you mean "conditions"?',
      '5:86 warning EndpointSlice "db-1": strict decoding error: unknown field "endpoints[0].conditions.redy": did you mean "ready"?',
    ],
  ],
])('readDocument reports %s', (_, manifest, lines) => {
  expect(problemLines(manifest)).toEqual(lines);
});

test.each([
  [
    'Endpoints',
    endpoints('[{addresses: [{ip: 10.0.0.1, hostname: A}]}]'),
    'subsets[0].addresses[0].hostname',
  ],
  [
    'EndpointSlice',
    slice('addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], hostname: A}]'),
    'endpoints[0].hostname',
  ],
])('readDocument refuses a host name that is no label in %s', (_, manifest, path) => {
  const [line, ...more] = problemLines(manifest);
  expect(line).toContain(`${path}: Invalid value: `);
  expect(line).toContain(LABEL_1123);
  expect(more).toEqual([]);
});

test('readDocument reads legacy Endpoints', () => {
  const text = endpoints(
    '[{addresses: [{ip: 10.0.0.1, hostname: a, targetRef: {name: db-0}}], notReadyAddresses: [{ip: "FD00::1"}], ports: [{port: 5432}]}]',
  );
  expect(readOne('Endpoints', text).subsets).toEqual([
    {
      addresses: [{ ip: '10.0.0.1', hostname: 'a', targetName: 'db-0' }],
      notReadyAddresses: [{ ip: 'fd00::1', hostname: '', targetName: '' }],
      ports: [{ name: '', protocol: 'TCP', port: 5432 }],
    },
  ]);
});

test('readDocument reads an EndpointSlice: no condition means ready, no port means all', () => {
  const text = slice(`addressType: IPv4
endpoints:
  - addresses: [10.0.0.1, 10.0.0.2]
    conditions: {ready: null}
    hostname: a
    targetRef: {kind: Pod, name: db-0}
  - {addresses: [10.0.0.3], conditions: {ready: false, serving: true}}
  - {addresses: [10.0.0.4]}
ports:
  - {name: sql, port: 5432, protocol: TCP}
  - {name: any}
`);
  expect(readOne('EndpointSlice', text)).toMatchObject({
    serviceName: 'db',
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['10.0.0.1', '10.0.0.2'], ready: true, hostname: 'a', targetName: 'db-0' },
      { addresses: ['10.0.0.3'], ready: false, hostname: '', targetName: '' },
      { addresses: ['10.0.0.4'], ready: true, hostname: '', targetName: '' },
    ],
    ports: [
      { name: 'sql', protocol: 'TCP', port: 5432 },
      { name: 'any', protocol: 'TCP', port: undefined },
    ],
  });
});

test('readDocument takes discovery.k8s.io/v1beta1 too', () => {
  const text = slice('addressType: FQDN\nendpoints: [{addresses: [a.example.]}]');
  const { endpoints: list } = readOne('EndpointSlice', text.replace('/v1', '/v1beta1'));
  expect(list[0]?.addresses).toEqual(['a.example']);
});

test('readDocument reads a slice as large as the API takes it, and Endpoints of any size', () => {
  const text = slice(
    `addressType: IPv4\nendpoints: ${many(1_000, () => '{addresses: [10.0.0.1]}')}\nports: ${many(20_000, (index) => `{name: p${index}}`)}`,
  );
  const { endpoints: list, ports } = readOne('EndpointSlice', text);
  expect([list.length, ports.length]).toEqual([1_000, 20_000]);

  const subset = `{addresses: ${many(1_001, () => '{ip: 10.0.0.1}')}, ports: ${many(101, (index) => `{name: p${index}, port: 1}`)}}`;
  const { subsets } = readOne('Endpoints', endpoints(`[${subset}]`));
  expect([subsets[0]?.addresses.length, subsets[0]?.ports.length]).toEqual([1_001, 101]);
});

test('readDocument takes an IPv4-mapped address of an IPv4 slice for the IPv4 address', () => {
  const text = slice('addressType: IPv4\nendpoints: [{addresses: ["::ffff:10.244.80.4"]}]');
  expect(readOne('EndpointSlice', text).endpoints[0]?.addresses).toEqual(['10.244.80.4']);
  expect(problemLines(text)).toEqual([
    '5:26 warning EndpointSlice "db-1": endpoints[0].addresses[0]: non-standard IP address "::ffff:10.244.80.4" will be considered invalid in a future Kubernetes release: use "10.244.80.4"',
  ]);
});
