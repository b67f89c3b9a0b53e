import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemText } from '../../src/kube/problem.ts';
import { service } from '../registry/load-text.ts';
import { Cluster } from './cluster-of.ts';

const SMALL = { ipv4: '10.0.0.0/29', ipv6: 'fd00::/125' };
const ports = 'ports: [{port: 80}]';
const dual = `{ipFamilyPolicy: PreferDualStack, ${ports}}`;

test.each([
  ['a ClusterIP Service', `{${ports}}`, [/^10\.(9[6-9]|10\d|11[01])\./]],
  ['a NodePort Service', `{type: NodePort, ${ports}}`, [/^10\./]],
  ['a LoadBalancer Service', `{type: LoadBalancer, ${ports}}`, [/^10\./]],
  ['an IPv6 Service', `{ipFamilies: [IPv6], ${ports}}`, [/^fd00:10:96::/]],
  ['a dual-stack Service', dual, [/^10\./, /^fd00:10:96::/]],
  [
    'IPv6 first',
    `{ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv6], ${ports}}`,
    [/^fd00:10:96::/, /^10\./],
  ],
  ['the address it names', `{clusterIP: 172.20.0.1, ${ports}}`, [/^172\.20\.0\.1$/]],
  [
    'one address of a dump that prefers two',
    `{clusterIP: 172.20.0.1, ipFamilyPolicy: PreferDualStack, ${ports}}`,
    [/^172\.20\.0\.1$/],
  ],
  [
    'a second address where two are required',
    `{clusterIP: 172.20.0.1, ipFamilyPolicy: RequireDualStack, ${ports}}`,
    [/^172\.20\.0\.1$/, /^fd00:10:96::/],
  ],
  ['None for a headless Service', '{clusterIP: None}', [/^None$/]],
  ['nothing for ExternalName', '{type: ExternalName, externalName: a.example}', []],
])('ClusterIpAllocator gives %s', (_, spec, expected) => {
  const found = new Cluster({ 'a.yaml': service('shop/web', spec) }).addresses('shop/web');
  expect(found).toHaveLength(expected.length);
  expected.forEach((pattern, index) => {
    expect(found[index]).toMatch(pattern);
  });
});

test('ClusterIpAllocator gives the same addresses after a restart, in any order of files', () => {
  const a = service('shop/web') + service('shop/db');
  const b = service('infra/mq', dual);
  const one = new Cluster({ 'a.yaml': a, 'b.yaml': b });
  const other = new Cluster({ 'b.yaml': b, 'a.yaml': a });
  for (const ref of ['shop/web', 'shop/db', 'infra/mq']) {
    expect(other.addresses(ref)).toEqual(one.addresses(ref));
  }
});

test('ClusterIpAllocator keeps the well-known addresses for their owners', () => {
  const cluster = new Cluster({
    'a.yaml': service('default/kubernetes') + service('kube-system/kube-dns', dual),
  });
  expect(cluster.addresses('default/kubernetes')).toEqual(['10.96.0.1']);
  expect(cluster.addresses('kube-system/kube-dns')).toEqual(['10.96.0.10', 'fd00:10:96::a']);
  const small = new Cluster(
    { 'a.yaml': [1, 2, 3, 4, 5, 6].map((n) => service(`shop/web-${n}`)).join('') },
    SMALL,
  );
  const given = [1, 2, 3, 4, 5, 6].flatMap((n) => small.addresses(`shop/web-${n}`));
  expect(given.sort()).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
});

test('ClusterIpAllocator lets a Service keep its address when it or others change', () => {
  const cluster = new Cluster({ 'a.yaml': service('shop/web'), 'b.yaml': service('shop/db') });
  const [address] = cluster.addresses('shop/web');
  cluster.put('b.yaml', undefined);
  cluster.put('c.yaml', service('infra/mq'));
  cluster.put('a.yaml', service('shop/web', `{type: NodePort, ${ports}}`));
  expect(cluster.addresses('shop/web')).toEqual([address]);
});

test('ClusterIpAllocator moves a Service away from an address that a manifest names', () => {
  const cluster = new Cluster({ 'a.yaml': service('shop/web') });
  const [address = ''] = cluster.addresses('shop/web');
  const named = service('infra/mq', `{clusterIP: ${address}, ${ports}}`);
  expect(cluster.put('b.yaml', named)).toEqual(['infra', 'shop']);
  expect(cluster.addresses('infra/mq')).toEqual([address]);
  const moved = cluster.addresses('shop/web');
  expect(moved).toHaveLength(1);
  expect(moved).not.toEqual([address]);
  expect(cluster.put('b.yaml', undefined)).toEqual(['infra']);
  expect(cluster.addresses('shop/web')).toEqual(moved);
});

test('ClusterIpAllocator gives an address again once its Service is gone', () => {
  const cluster = new Cluster({ 'a.yaml': service('shop/web') });
  const first = cluster.addresses('shop/web');
  cluster.put('a.yaml', undefined);
  cluster.put('a.yaml', service('shop/web'));
  expect(cluster.addresses('shop/web')).toEqual(first);
});

test('ClusterIpAllocator says when the range is full, and helps as soon as it is not', () => {
  const full = [1, 2, 3, 4, 5].map((n) => service(`shop/web-${n}`)).join('');
  const cluster = new Cluster({ 'a.yaml': full, 'b.yaml': service('xtra/web') }, SMALL);
  expect(cluster.addresses('xtra/web')).toEqual([]);
  expect(cluster.allocator.problems().map(problemText)).toEqual([
    'b.yaml:2:1: warning: Service "web": failed to allocate a serviceIP: range is full: no address of 10.0.0.0/29 or fd00::/125 is left, so name one in spec.clusterIP [CLUSTER_IP_RANGE_FULL]',
  ]);
  expect(cluster.put('a.yaml', service('shop/web-1'))).toEqual(['shop', 'xtra']);
  expect(cluster.addresses('xtra/web')).toHaveLength(1);
  expect(cluster.allocator.problems()).toEqual([]);
});

test('ClusterIpAllocator warns of an address that two Services name, and gives it to both', () => {
  const named = `{clusterIP: 10.96.0.7, ${ports}}`;
  const cluster = new Cluster({
    'b.yaml': service('infra/mq', named),
    'a.yaml': service('shop/web', named),
  });
  expect(cluster.allocator.problems().map(problemText)).toEqual([
    'b.yaml:2:1: warning: Service "mq": spec.clusterIPs: Invalid value: "10.96.0.7": provided IP is already allocated: Service shop/web at a.yaml:2:1 names it too [CLUSTER_IP_TAKEN]',
  ]);
  cluster.put('a.yaml', undefined);
  expect(cluster.allocator.problems()).toEqual([]);
  expect(cluster.addresses('infra/mq')).toEqual(['10.96.0.7']);
});

test('ClusterIpAllocator refuses a range it cannot count', () => {
  expect(() => new Cluster({}, { ...SMALL, ipv4: '10.0.0.0/8' })).toThrow(
    'Cannot allocate from 10.0.0.0/8: expected a range of at most 2^20 addresses',
  );
});

test('ClusterIpAllocator never gives out an address twice, or one that is named, whatever happens', () => {
  const specs = [
    `{${ports}}`,
    dual,
    `{ipFamilies: [IPv6], ${ports}}`,
    '{clusterIP: None}',
    ...[1, 2, 3, 4].map((host) => `{clusterIP: 10.0.0.${host}, ${ports}}`),
    `{clusterIP: "fd00::2", ipFamilyPolicy: RequireDualStack, ${ports}}`,
  ];
  const change = fc.record({
    file: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    spec: fc.option(fc.constantFrom(...specs), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const cluster = new Cluster({}, SMALL);
      const seen = new Map<string, readonly string[]>();
      const now = new Map<string, string>();
      for (const { file, spec } of changes) {
        const ref = `ns-${file}/web`;
        const before = new Map(seen);
        const dirty = cluster.put(file, spec && service(ref, spec));
        if (spec === undefined) now.delete(ref);
        else now.set(ref, spec);
        const given: string[] = [];
        const named = new Set<string>();
        seen.clear();
        for (const [other, text] of now) {
          const ips = cluster.addresses(other).filter((ip) => ip !== 'None');
          seen.set(other, ips);
          for (const ip of ips) {
            if (text.includes(ip)) named.add(ip);
            else given.push(ip);
          }
          const isSame = String(before.get(other)) === String(ips);
          expect(isSame || dirty.includes(other.split('/')[0] ?? '')).toBe(true);
        }
        expect(new Set(given).size).toBe(given.length);
        expect(given.filter((ip) => named.has(ip))).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
});
