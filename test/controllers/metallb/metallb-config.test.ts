import { expect, test } from 'vitest';
import { metallbConfig } from '../../../src/controllers/metallb/metallb-config.ts';
import type { ConfigMap } from '../../../src/kube/objects.ts';

function configMap(config: string): ConfigMap {
  return {
    kind: 'ConfigMap',
    namespace: 'metallb-system',
    name: 'config',
    labels: new Map(),
    origin: { file: 'lb.yaml', document: 0, line: 3, column: 1 },
    config,
  };
}

test('metallbConfig reads the pools that MetalLB had before 0.13', () => {
  const { pools, problems } = metallbConfig(
    configMap(`
address-pools:
- name: default
  protocol: layer2
  addresses:
  - 192.168.64.4/32
  - 192.168.65.1-192.168.65.9
  auto-assign: false
  avoid-buggy-ips: true
- name: second
  protocol: bgp
  addresses: ["fd00:1::/120"]
`),
  );
  expect(problems).toEqual([]);
  expect(pools).toMatchObject([
    {
      kind: 'IPAddressPool',
      name: 'default',
      ranges: [
        { first: '192.168.64.4', last: '192.168.64.4' },
        { first: '192.168.65.1', last: '192.168.65.9' },
      ],
      autoAssign: false,
      avoidBuggyIPs: true,
      origin: { file: 'lb.yaml', line: 3 },
    },
    {
      name: 'second',
      ranges: [{ first: 'fd00:1::', last: 'fd00:1::ff' }],
      autoAssign: true,
      avoidBuggyIPs: false,
    },
  ]);
});

test.each([
  ['', 'expected a list under address-pools'],
  ['42', 'expected a list under address-pools'],
  ['address-pools: {name: a}', 'expected a list under address-pools'],
  ['address-pools:\n- x: [', 'cannot be read as YAML at line 2 of the text'],
  ['address-pools:\n- addresses: [10.0.0.0/24]', 'address-pools[0]: missing pool name'],
  ['address-pools:\n- name: a', 'address-pools[0]: pool "a" has no prefixes defined'],
  [
    'address-pools:\n- {name: a, addresses: [10.0.0.300/24]}',
    'address-pools[0].addresses[0]: invalid CIDR "10.0.0.300/24"',
  ],
  [
    'address-pools:\n- {name: a, addresses: [10.0.0.9-10.0.0.1]}',
    'address-pools[0].addresses[0]: invalid IP range "10.0.0.9-10.0.0.1"',
  ],
])('metallbConfig reports what is wrong with %j', (text, expected) => {
  const { problems } = metallbConfig(configMap(text));
  expect(problems.map(({ code }) => code)).toEqual(['METALLB_CONFIG']);
  expect(problems[0]!.message.startsWith(`ConfigMap "config": data.config: ${expected}`)).toBe(
    true,
  );
});

test('metallbConfig uses the good ranges and pools beside bad ones', () => {
  const text =
    'address-pools: [3, {name: a, addresses: [x, 10.0.0.1/32]}, {name: b, addresses: []}]';
  const { pools, problems } = metallbConfig(configMap(text));
  expect(pools.map(({ name, ranges }) => [name, ranges.length])).toEqual([
    ['a', 1],
    ['b', 0],
  ]);
  expect(problems).toHaveLength(3);
});

test('metallbConfig takes no more than a thousand pools, and no nest of aliases', () => {
  const many = Array.from(
    { length: 1_500 },
    (_, at) => `- {name: p${at}, addresses: [10.0.0.1/32]}`,
  );
  expect(metallbConfig(configMap(`address-pools:\n${many.join('\n')}`)).pools).toHaveLength(1_000);
  const aliases = Array.from({ length: 200 }, () => '*a').join(', ');
  const { problems } = metallbConfig(configMap(`a: &a [1]\naddress-pools: [${aliases}]`));
  expect(problems[0]?.message).toContain('cannot be read as YAML');
});
