import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClusterIpAllocator } from '../../../src/controllers/addresses/cluster-ips.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { runs } from '../../helpers/runs.ts';
import { Manifests, service } from '../../registry/load-text.ts';
import { Cluster } from '../cluster-of.ts';

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
    'b.yaml:2:1: warning: Service "web": failed to allocate a serviceIP: range is full: no address of 10.0.0.0/29 is left: give service_range a larger CIDR [CLUSTER_IP_RANGE_FULL]',
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
    'b.yaml:2:103: warning: Service "mq": spec.clusterIPs: Invalid value: ["10.96.0.7"]: failed to allocate IP 10.96.0.7: provided IP is already allocated: Service shop/web at a.yaml:2:103 names it too [CLUSTER_IP_TAKEN]',
  ]);
  cluster.put('a.yaml', undefined);
  expect(cluster.allocator.problems()).toEqual([]);
  expect(cluster.addresses('infra/mq')).toEqual(['10.96.0.7']);
});

const ONE_FAMILY = { ipv4: '10.96.0.0/12', ipv6: undefined };

// What the API server of Kubernetes 1.34.4 answered to the same manifests, with our advice behind
// it.
test.each([
  [
    `{clusterIP: 192.168.1.1, ${ports}}`,
    'spec.clusterIPs: Invalid value: ["192.168.1.1"]: failed to allocate IP 192.168.1.1: the provided network does not match the current range',
  ],
  [
    `{clusterIP: 10.96.0.0, ${ports}}`,
    'spec.clusterIPs: Invalid value: ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided network does not match the current range',
  ],
  [
    `{clusterIP: 10.111.255.255, ${ports}}`,
    'spec.clusterIPs: Invalid value: ["10.111.255.255"]: failed to allocate IP 10.111.255.255: the provided network does not match the current range',
  ],
  [
    `{clusterIP: "fd00::1", ${ports}}`,
    'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
  ],
  [
    `{ipFamilies: [IPv6], ${ports}}`,
    'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
  [
    `{ipFamilyPolicy: RequireDualStack, ${ports}}`,
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  ],
  [
    '{clusterIP: None, ipFamilies: [IPv6], selector: {app: web}}',
    'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
])('ClusterIpAllocator says of %s what the API server would', (spec, expected) => {
  const cluster = new Cluster({ 'a.yaml': service('shop/web', spec) }, ONE_FAMILY);
  const problems = cluster.allocator.problems();
  expect(problems).toHaveLength(1);
  expect(problems[0]!.severity).toBe('warning');
  expect(problems[0]!.message.startsWith(`Service "web": ${expected}: `)).toBe(true);
});

test.each([
  `{ipFamilyPolicy: PreferDualStack, ${ports}}`,
  '{clusterIP: None, ipFamilyPolicy: RequireDualStack}',
  '{type: ExternalName, externalName: db.example}',
])('ClusterIpAllocator finds nothing wrong with %s in a cluster of one family', (spec) => {
  const cluster = new Cluster({ 'a.yaml': service('shop/web', spec) }, ONE_FAMILY);
  expect(cluster.allocator.problems()).toEqual([]);
});

test('ClusterIpAllocator only hints at addresses of another range when nobody said which there is', () => {
  const cluster = new Cluster({
    'a.yaml': service('shop/web', `{clusterIP: 172.20.0.1, ${ports}}`),
  });
  expect(cluster.allocator.problems().map(problemText)).toEqual([
    'a.yaml:2:103: hint: Service "web": spec.clusterIPs: Invalid value: ["172.20.0.1"]: failed to allocate IP 172.20.0.1: the provided network does not match the current range: expected an address of 10.96.0.0/12 that is not its first or last: see --service-range [CLUSTER_IP_OUT_OF_RANGE]',
  ]);
});

test('ClusterIpAllocator tells problems in the order of files, whatever the order of events', () => {
  const wrong = (host: number) => `{clusterIP: 192.168.1.${host}, ${ports}}`;
  const cluster = new Cluster({ 'c.yaml': service('shop/c', wrong(3)) });
  cluster.put('a.yaml', service('xtra/a', wrong(1)));
  cluster.put('b.yaml', service('infra/b', wrong(2)));
  const files = () => cluster.allocator.problems().map(({ origin }) => origin.file);
  expect(files()).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  cluster.put('a.yaml', undefined);
  expect(files()).toEqual(['b.yaml', 'c.yaml']);
});

test('ClusterIpAllocator lets a Service keep the address that its manifest no longer names', () => {
  const cluster = new Cluster({
    'a.yaml': service('shop/web', `{clusterIP: 10.96.7.7, ${ports}}`),
  });
  cluster.put('a.yaml', service('shop/web'));
  expect(cluster.addresses('shop/web')).toEqual(['10.96.7.7']);
});

test('ClusterIpAllocator gives nobody new the address of a Service of the run before', () => {
  const before = new Cluster(
    { 'a.yaml': [1, 2, 3, 4, 5].map((n) => service(`shop/web-${n}`)).join('') },
    SMALL,
  );
  const remembered = [...before.allocator.allocations()];
  const manifests = new Manifests();
  const { registry } = manifests;
  const after = new ClusterIpAllocator(SMALL, remembered);
  // `alpha` comes first by name, and there is one address for two.
  const text = ['alpha/web', 'shop/web-5', 'shop/web-1', 'shop/web-2', 'shop/web-4', 'shop/web-3'];
  const dirty = manifests.take([['a.yaml', text.map((ref) => service(ref)).join('')]]);
  after.update(registry, dirty);
  for (const n of [1, 2, 3, 4, 5]) {
    const found = registry.namespace('shop')!.services.get(`web-${n}`)!;
    expect(after.resolve(found).clusterIPs).toEqual(before.addresses(`shop/web-${n}`));
  }
  expect(after.problems().map(({ object }) => object)).toEqual(['Service alpha/web']);
});

test('ClusterIpAllocator refuses a range it cannot count', () => {
  expect(() => new Cluster({}, { ...SMALL, ipv4: '10.0.0.0/8' })).toThrow(
    'Cannot allocate from "10.0.0.0/8": expected 4 to 2^20 addresses, found 16777216',
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
    { numRuns: runs(200) },
  );
});
