import { expect, test } from 'vitest';
import { problemLines, readManifest, readOne } from '../read-manifest.ts';

/** A Node `n1` with this status, on line 4. */
const node = (status: string, more = '', name = 'n1') =>
  `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\nstatus: {${status}}\n${more}`;
const address = (type: string, text: string) => `{type: ${type}, address: '${text}'}`;

test('readDocument reads the addresses of a Node, and what kubectl shows of it', () => {
  const addresses = [
    address('Hostname', 'n1.example.org'),
    address('InternalIP', '10.0.0.1'),
    address('InternalIP', '2001:DB8::1'),
    address('ExternalIP', '192.0.2.1'),
    address('InternalIP', '10.0.0.1'),
    address('InternalDNS', 'n1.internal'),
  ];
  const text = node(
    `addresses: [${addresses.join(', ')}], conditions: [{type: DiskPressure, status: "False"}, {type: Ready, status: "True"}], nodeInfo: {kubeletVersion: v1.34.1, osImage: Debian, kernelVersion: '6.1'}`,
    'spec: {podCIDR: 10.244.0.0/24, unschedulable: true}',
  );
  expect(readOne('Node', text)).toEqual({
    kind: 'Node',
    namespace: '',
    name: 'n1',
    labels: new Map(),
    origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
    internalIPs: ['10.0.0.1', '2001:db8::1'],
    externalIPs: ['192.0.2.1'],
    ready: 'True',
    isUnschedulable: true,
    info: {
      kubeletVersion: 'v1.34.1',
      osImage: 'Debian',
      kernelVersion: '6.1',
      containerRuntimeVersion: '',
    },
  });
});

test.for([
  [
    node(`addresses: [${address('InternalIP', 'n1')}]`),
    '4:50 warning Node "n1": status.addresses[0].address: "n1" is no IP address, so nothing leads to it: expected one, as type is InternalIP',
  ],
  [
    node('adresses: []'),
    '4:10 warning Node "n1": strict decoding error: unknown field "status.adresses": did you mean "addresses"?',
  ],
  [
    node('addresses: {}'),
    '4:21 error Node in version "v1" cannot be handled as a Node: json: cannot unmarshal object into Go struct field NodeStatus.status.addresses of type []v1.NodeAddress: write a list: "- " before its first member',
  ],
  [
    node('', '', 'N1'),
    `3:18 error Node "N1" is invalid: metadata.name: Invalid value: "N1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ],
  ['kind: Node\nmetadata: {name: n1}', '1:1 error apiVersion not set: write apiVersion: v1'],
] as const)('readDocument says what is wrong with %s', ([text, line]) => {
  expect(problemLines(text)).toEqual([line]);
});

test('a NodeList is read, and the namespace that a Node names does not matter', () => {
  const text =
    'apiVersion: v1\nkind: NodeList\nitems: [{metadata: {name: n1, namespace: shop}}, {metadata: {name: n2}}]';
  const { objects, problems } = readManifest(text);
  expect(problems).toEqual([]);
  expect(objects.map(({ namespace, name }) => [namespace, name])).toEqual([
    ['', 'n1'],
    ['', 'n2'],
  ]);
});
