import { expect, test } from 'vitest';
import { problemLines, readManifest, readOne } from '../read-manifest.ts';

const pool = (spec: string) =>
  `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p, namespace: metallb-system}\nspec: {${spec}}`;

test('readDocument reads an IPAddressPool: ranges, and whom it is for', () => {
  const text = pool(
    `addresses: [192.168.10.0/24, 192.168.9.1-192.168.9.5, "fc00:f853:0ccd:e799::/124"], autoAssign: false, avoidBuggyIPs: true,
     serviceAllocation: {priority: 50, namespaces: [shop], namespaceSelectors: [{matchLabels: {team: a}}], serviceSelectors: [{matchExpressions: [{key: app, operator: In, values: [web, api]}]}, {}]}`,
  );
  expect(problemLines(text)).toEqual([]);
  expect(readOne('IPAddressPool', text)).toMatchObject({
    namespace: 'metallb-system',
    name: 'p',
    ranges: [
      { first: '192.168.10.0', last: '192.168.10.255' },
      { first: '192.168.9.1', last: '192.168.9.5' },
      { first: 'fc00:f853:ccd:e799::', last: 'fc00:f853:ccd:e799::f' },
    ],
    autoAssign: false,
    avoidBuggyIPs: true,
    allocation: {
      priority: 50,
      namespaces: ['shop'],
      namespaceSelectors: ['team=a'],
      serviceSelectors: ['app in (web,api)', ''],
    },
  });
});

test('a pool is for everybody unless it says otherwise', () => {
  expect(readOne('IPAddressPool', pool('addresses: [10.0.0.0/30]'))).toMatchObject({
    autoAssign: true,
    avoidBuggyIPs: false,
    allocation: undefined,
  });
});

test.each([
  ['autoAssign: true', 'spec.addresses: Required value'],
  ['addresses: []', 'spec.addresses: Required value'],
  [
    'addresses: [10.0.0.1]',
    'spec.addresses[0]: Invalid value: "10.0.0.1": invalid CIDR "10.0.0.1": expected a CIDR, as in 192.168.10.0/24, or a range, as in 192.168.9.1-192.168.9.5',
  ],
  [
    'addresses: [10.0.0.5-10.0.0.1]',
    'spec.addresses[0]: Invalid value: "10.0.0.5-10.0.0.1": invalid IP range "10.0.0.5-10.0.0.1": start IP is after end IP',
  ],
  [
    'addresses: [10.0.0.0/33]',
    'spec.addresses[0]: Invalid value: "10.0.0.0/33": invalid CIDR "10.0.0.0/33": at most /32',
  ],
])('readDocument refuses a pool with {%s}', (spec, message) => {
  expect(problemLines(pool(spec))).toEqual([
    expect.stringContaining(`error IPAddressPool "p" is invalid: ${message}`),
  ]);
});

test.each([
  'serviceSelectors: [app]',
  'namespaceSelectors: [{matchExpressions: [{key: a, operator: is}]}]',
])('a pool whose allocation has {%s} is for nobody rather than for everybody', (allocation) => {
  const text = pool(`addresses: [10.0.0.0/30], serviceAllocation: {${allocation}}`);
  expect(readManifest(text).objects).toEqual([]);
  expect(problemLines(text)).toHaveLength(1);
});

const configMap = (namespace: string, name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: ${data}`;

test('of the ConfigMaps readDocument reads the one of MetalLB, and passes over the others', () => {
  const text = configMap('metallb-system', 'config', '{config: "address-pools: []", other: 1}');
  expect(readOne('ConfigMap', text)).toMatchObject({ config: 'address-pools: []' });
  expect(readOne('ConfigMap', configMap('metallb-system', 'config', '')).config).toBe('');
  expect(readManifest(configMap('shop', 'config', '{config: x}')).passedOver).toEqual([
    'ConfigMap',
  ]);
  expect(readManifest(configMap('metallb-system', 'x', '{config: x}')).passedOver).toEqual([
    'ConfigMap',
  ]);
});

test('readDocument refuses a configuration that is no text, and one that is too long', () => {
  expect(problemLines(configMap('metallb-system', 'config', '{config: {a: b}}'))).toEqual([
    '4:16 error ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal object into Go struct field ConfigMap.data of type string: expected text, found a mapping',
  ]);
  const long = configMap('metallb-system', 'config', `{config: ${'a'.repeat(65_537)}}`);
  expect(problemLines(long)).toEqual([
    expect.stringContaining('Too long: may not be more than 65536 bytes'),
  ]);
});
