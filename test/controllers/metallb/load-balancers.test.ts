import { describe, expect, test } from 'vitest';
import { BalancedCluster } from './balanced-cluster.ts';

/** `pool('main', '192.168.10.0/24')`; `rest` is more of its `spec`. */
function pool(name: string, addresses: string, rest = '', namespace = 'metallb-system'): string {
  return `---\n{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {namespace: ${namespace}, name: ${name}}, spec: {addresses: [${addresses}]${rest && `, ${rest}`}}}\n`;
}

interface Requested {
  /** More of `spec`. */
  readonly spec?: string;
  readonly annotations?: string;
  readonly labels?: string;
  readonly port?: number;
  readonly status?: string;
}

/** A Service of type LoadBalancer. */
function balancer(ref: string, requested: Requested = {}): string {
  const [namespace, name] = ref.split('/');
  const { spec = '', annotations = '', labels = '', port = 80, status = '' } = requested;
  const metadata = `{namespace: ${namespace}, name: ${name}, annotations: {${annotations}}, labels: {${labels}}}`;
  const body = `{type: LoadBalancer, ports: [{port: ${port}}]${spec && `, ${spec}`}}`;
  const given = status && `, status: {loadBalancer: {ingress: [${status}]}}`;
  return `---\n{apiVersion: v1, kind: Service, metadata: ${metadata}, spec: ${body}${given}}\n`;
}

function namespaceOf(name: string, labels: string): string {
  return `---\n{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}\n`;
}

const CONFIG_OF_OLD = `
apiVersion: v1
kind: ConfigMap
metadata:
  namespace: metallb-system
  name: config
data:
  config: |
    address-pools:
    - name: default
      protocol: layer2
      addresses:
      - 192.168.64.4/32 # minikube ip
`;

/** The pools that the addresses of a Service are from; undefined for one of the manifest's. */
function poolsOf(cluster: BalancedCluster, ref: string): (string | undefined)[] {
  return cluster.service(ref).loadBalancerPoints.map((point) => point.pool?.name);
}

const MAIN = pool('main', '192.168.10.1-192.168.10.9');
const DUAL = 'ipFamilyPolicy: RequireDualStack';
const PREFER = 'ipFamilyPolicy: PreferDualStack';

describe('LoadBalancerAllocator gives', () => {
  test.each([
    ['the first address of a CIDR', pool('a', '192.168.10.0/24'), {}, '192.168.10.0'],
    ['the first address of a range', MAIN, {}, '192.168.10.1'],
    ['the only address there is', CONFIG_OF_OLD, {}, '192.168.64.4'],
    [
      'no address that confuses home routers',
      pool('a', '192.168.9.255-192.168.10.5', 'avoidBuggyIPs: true'),
      {},
      '192.168.10.1',
    ],
    [
      'an address of the second range to an IPv6 Service',
      pool('a', '10.1.0.0/24, "fd00:1::/64"'),
      { spec: 'ipFamilies: [IPv6]' },
      'fd00:1::',
    ],
    [
      'two addresses of one pool where both families are required',
      pool('a', '10.1.0.0/24') + pool('b', '"fd00:1::/64", 10.2.0.0/24'),
      { spec: DUAL },
      '10.2.0.0 fd00:1::',
    ],
    [
      'two addresses of one pool where both families are preferred',
      pool('a', '10.1.0.0/24') + pool('b', '"fd00:1::/64", 10.2.0.0/24'),
      { spec: PREFER },
      '10.2.0.0 fd00:1::',
    ],
    [
      'one address where no pool has both, of the first family',
      pool('a', '10.1.0.0/24') + pool('b', '"fd00:1::/64"'),
      { spec: `${PREFER}, ipFamilies: [IPv6]` },
      'fd00:1::',
    ],
    ['spec.loadBalancerIP', MAIN, { spec: 'loadBalancerIP: 192.168.10.7' }, '192.168.10.7'],
    [
      'the address of the annotation',
      MAIN,
      { annotations: 'metallb.io/loadBalancerIPs: 192.168.10.7' },
      '192.168.10.7',
    ],
    [
      'the addresses of the annotation of old',
      pool('a', '10.1.0.0/24, "fd00:1::/64"'),
      {
        spec: DUAL,
        annotations: 'metallb.universe.tf/loadBalancerIPs: "fd00:1:0::9, 10.1.0.9"',
      },
      'fd00:1::9 10.1.0.9',
    ],
    [
      'an address of the pool that is asked for, even when nobody gets one of it unasked',
      MAIN + pool('spare', '10.9.0.1/32', 'autoAssign: false'),
      { annotations: 'metallb.universe.tf/address-pool: spare' },
      '10.9.0.1',
    ],
    [
      'none of a pool that has to be asked for',
      pool('a', '10.9.0.1/32', 'autoAssign: false') + MAIN,
      {},
      '192.168.10.1',
    ],
    [
      'an address of the pool for its namespace rather than of one for all',
      MAIN + pool('z', '10.9.0.1/32', 'serviceAllocation: {namespaces: [shop]}'),
      {},
      '10.9.0.1',
    ],
    [
      'none of a pool for another namespace',
      MAIN + pool('z', '10.9.0.1/32', 'serviceAllocation: {namespaces: [infra]}'),
      {},
      '192.168.10.1',
    ],
    [
      'an address of the pool for namespaces with a label',
      namespaceOf('shop', 'team: web') +
        MAIN +
        pool(
          'z',
          '10.9.0.1/32',
          'serviceAllocation: {namespaceSelectors: [{matchLabels: {team: web}}]}',
        ),
      {},
      '10.9.0.1',
    ],
    [
      'an address of the pool for a namespace by the name that is its label',
      MAIN +
        pool(
          'z',
          '10.9.0.1/32',
          'serviceAllocation: {namespaceSelectors: [{matchLabels: {kubernetes.io/metadata.name: shop}}]}',
        ),
      {},
      '10.9.0.1',
    ],
    [
      'an address of the pool for Services with a label',
      MAIN +
        pool(
          'z',
          '10.9.0.1/32',
          'serviceAllocation: {serviceSelectors: [{matchExpressions: [{key: app, operator: In, values: [web]}]}]}',
        ),
      { labels: 'app: web' },
      '10.9.0.1',
    ],
    [
      'an address of the pool of the lowest priority, 0 being the last',
      pool('a', '10.1.0.1/32', 'serviceAllocation: {priority: 0}') +
        pool('b', '10.2.0.1/32', 'serviceAllocation: {priority: 50}') +
        pool('c', '10.3.0.1/32', 'serviceAllocation: {priority: 10}'),
      {},
      '10.3.0.1',
    ],
    [
      'an address of a pool for all when those for it are used up',
      MAIN + pool('z', '10.9.0.1/32', 'serviceAllocation: {namespaces: [shop]}'),
      { status: '{ip: 10.9.0.1}', other: 'shop/other' },
      '192.168.10.1',
    ],
    ['what its status says', MAIN, { status: '{ip: 203.0.113.5}' }, '203.0.113.5'],
    ['a host name of its status', MAIN, { status: '{hostname: lb.example}' }, 'lb.example'],
    ['nothing to another class', MAIN, { spec: 'loadBalancerClass: acme.example/lb' }, ''],
    ['nothing where there is no pool', '', {}, ''],
  ])('%s', (_, pools, { other, ...requested }: Requested & { other?: string }, expected) => {
    const text = other === undefined ? balancer('shop/web', requested) : balancer('shop/web');
    const cluster = new BalancedCluster({
      'pools.yaml': pools,
      'web.yaml': text + (other === undefined ? '' : balancer(other, requested)),
    });
    expect(cluster.points('shop/web')).toBe(expected);
  });
});

describe('LoadBalancerAllocator says', () => {
  const failed = (fault: string) => `Failed to allocate IP for "shop/web": ${fault}`;
  test.each([
    [
      pool('a', '10.9.0.1/32') + balancer('infra/mq', { status: '{ip: 10.9.0.1}' }),
      {},
      failed('no available IPs'),
    ],
    [MAIN, { annotations: 'metallb.io/address-pool: other' }, failed('unknown pool "other"')],
    [
      pool('a', '"fd00:1::/64"'),
      { annotations: 'metallb.io/address-pool: a' },
      failed('no available IPs in pool a for ipv4 IPFamily'),
    ],
    [
      pool('a', '10.9.0.1/32', 'serviceAllocation: {namespaces: [infra]}'),
      { annotations: 'metallb.io/address-pool: a' },
      failed('pool a not compatible for ip assignment'),
    ],
    [MAIN, { spec: 'loadBalancerIP: 10.9.0.1' }, failed('["10.9.0.1"] is not allowed in config')],
    [
      pool('a', '10.9.0.0/24', 'avoidBuggyIPs: true'),
      { spec: 'loadBalancerIP: 10.9.0.0' },
      failed('["10.9.0.0"] is not allowed in config'),
    ],
    [
      MAIN + pool('b', '10.9.0.1/32'),
      { spec: 'loadBalancerIP: 10.9.0.1', annotations: 'metallb.io/address-pool: main' },
      failed(
        'requested loadBalancer IP(s) ["10.9.0.1"] is not compatible with requested address pool main',
      ),
    ],
    [
      MAIN,
      { spec: 'loadBalancerIP: "fd00::1"' },
      failed('requested loadBalancer IP(s) ["fd00::1"] does not match the ipFamily of the service'),
    ],
    [
      MAIN,
      { spec: 'loadBalancerIP: 192.168.10.2', annotations: 'metallb.io/loadBalancerIPs: 10.0.0.1' },
      failed('service can not have both metallb.io/loadBalancerIPs and svc.Spec.LoadBalancerIP'),
    ],
    [
      MAIN,
      { annotations: 'metallb.io/loadBalancerIPs: "192.168.10.2, x"' },
      failed('invalid metallb.io/loadBalancerIPs: "192.168.10.2, x"'),
    ],
    [
      MAIN,
      { annotations: 'metallb.io/loadBalancerIPs: "192.168.10.2,192.168.10.3"' },
      failed('"192.168.10.2" "192.168.10.3" has the same family'),
    ],
    [
      MAIN + balancer('infra/mq', { spec: 'loadBalancerIP: 192.168.10.2' }),
      { spec: 'loadBalancerIP: 192.168.10.2' },
      failed(`can't change sharing key for "shop/web", address also in use by infra/mq`),
    ],
    [
      MAIN +
        balancer('infra/mq', {
          spec: 'loadBalancerIP: 192.168.10.2',
          annotations: 'metallb.universe.tf/allow-shared-ip: k',
        }),
      { spec: 'loadBalancerIP: 192.168.10.2', annotations: 'metallb.io/allow-shared-ip: k' },
      failed('port TCP/80 is already in use on "192.168.10.2"'),
    ],
  ])('%# in MetalLB words why there is no address', (others, requested: Requested, expected) => {
    const cluster = new BalancedCluster({
      'a.yaml': others,
      'b.yaml': balancer('shop/web', requested),
    });
    expect(cluster.points('shop/web')).toBe('');
    expect(cluster.problems()).toEqual([
      `b.yaml:2:1: warning: Service "web": ${expected} [LOAD_BALANCER_PENDING]`,
    ]);
  });

  test('that an address stays pending where there is no pool, as a hint', () => {
    const cluster = new BalancedCluster({ 'b.yaml': balancer('shop/web') });
    expect(cluster.problems()).toEqual([
      'b.yaml:2:1: hint: Service "web": EXTERNAL-IP stays <pending>: no load balancer here: write status.loadBalancer.ingress, or an IPAddressPool of MetalLB [LOAD_BALANCER_PENDING]',
    ]);
  });

  test('that the ConfigMap of old is ignored beside IPAddressPools, and reads it again without', () => {
    const cluster = new BalancedCluster({
      'old.yaml': CONFIG_OF_OLD,
      'pools.yaml': MAIN,
      'web.yaml': balancer('shop/web'),
    });
    expect(cluster.points('shop/web')).toBe('192.168.10.1');
    expect(cluster.problems()).toEqual([
      'old.yaml:2:1: hint: ConfigMap "config" is ignored, as there are IPAddressPools: MetalLB reads no ConfigMap since 0.13 [METALLB_CONFIG_IGNORED]',
    ]);
    cluster.put('pools.yaml', undefined);
    expect(cluster.points('shop/web')).toBe('192.168.64.4');
    expect(cluster.problems()).toEqual([]);
  });

  test('a pool that overlaps one with others inside it', () => {
    const cluster = new BalancedCluster({
      'a.yaml':
        pool('wide', '10.0.0.0/16') + pool('inner', '10.0.1.0/24') + pool('later', '10.0.200.0/24'),
      'web.yaml': balancer('shop/web'),
    });
    const wide = 'overlaps with already defined CIDR "10.0.0.0-10.0.255.255" [METALLB_POOL]';
    expect(cluster.problems()).toEqual([
      `a.yaml:4:1: warning: IPAddressPool "inner": CIDR "10.0.1.0-10.0.1.255" in pool "inner" ${wide}`,
      `a.yaml:6:1: warning: IPAddressPool "later": CIDR "10.0.200.0-10.0.200.255" in pool "later" ${wide}`,
    ]);
  });

  test('a pool that overlaps one behind others that it does not overlap', () => {
    const cluster = new BalancedCluster({
      'a.yaml':
        pool('first', '10.0.0.0/24') + pool('second', '10.0.1.0/24') + pool('third', '10.0.1.9/32'),
      'web.yaml': balancer('shop/web'),
    });
    expect(cluster.problems()).toEqual([
      'a.yaml:6:1: warning: IPAddressPool "third": CIDR "10.0.1.9" in pool "third" overlaps with already defined CIDR "10.0.1.0-10.0.1.255" [METALLB_POOL]',
    ]);
  });

  test('which pools overlap or have the same name', () => {
    const cluster = new BalancedCluster({
      'a.yaml': pool('one', '10.0.0.0/24') + pool('two', '10.0.0.200-10.0.1.5, "::/96"'),
      'b.yaml': pool('one', '10.5.0.0/24', '', 'other'),
      'web.yaml': balancer('shop/web'),
    });
    expect(cluster.problems()).toEqual([
      'b.yaml:2:1: warning: IPAddressPool "one": duplicate definition of pool "one" [METALLB_POOL]',
      'a.yaml:4:1: warning: IPAddressPool "two": CIDR "10.0.0.200-10.0.1.5" in pool "two" overlaps with already defined CIDR "10.0.0.0-10.0.0.255" [METALLB_POOL]',
    ]);
  });
});

describe('LoadBalancerAllocator', () => {
  const shared = (port: number, key = 'k') => ({
    port,
    annotations: `metallb.io/allow-shared-ip: ${key}`,
  });

  test('lets Services share an address that have the same key and other ports', () => {
    const cluster = new BalancedCluster({
      'a.yaml':
        MAIN +
        balancer('shop/a', shared(80)) +
        balancer('shop/b', shared(443)) +
        balancer('shop/c', shared(80)) +
        balancer('shop/d', shared(443, 'other')) +
        balancer('shop/e', { annotations: 'metallb.io/allow-shared-ip: ""' }) +
        balancer('shop/f', { annotations: 'metallb.io/allow-shared-ip: ""', port: 81 }),
    });
    const points = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => cluster.points(`shop/${name}`));
    expect(points.map((ip) => Number(ip.split('.')[3]))).toEqual([1, 1, 2, 3, 4, 5]);
  });

  test('moves a Service that no longer may share, and leaves the other where it is', () => {
    const cluster = new BalancedCluster({
      'a.yaml': MAIN + balancer('shop/a', shared(80)),
      'b.yaml': balancer('shop/b', shared(443)),
    });
    cluster.put('a.yaml', MAIN + balancer('shop/a', shared(443)));
    expect(cluster.points('shop/a')).toBe('192.168.10.2');
    expect(cluster.points('shop/b')).toBe('192.168.10.1');
  });

  test('gives the same addresses whatever the order of files', () => {
    const files = {
      'a.yaml': balancer('shop/web') + balancer('shop/api'),
      'b.yaml': MAIN,
      'c.yaml': balancer('infra/mq', { spec: 'loadBalancerIP: 192.168.10.1' }),
    };
    const one = new BalancedCluster(files);
    const other = new BalancedCluster(Object.fromEntries(Object.entries(files).reverse()));
    const points = (cluster: BalancedCluster) =>
      ['infra/mq', 'shop/api', 'shop/web'].map((ref) => cluster.points(ref));
    expect(points(one)).toEqual(['192.168.10.1', '192.168.10.2', '192.168.10.3']);
    expect(points(other)).toEqual(points(one));
  });

  test('counts the address of a status as taken, and moves who has it', () => {
    const cluster = new BalancedCluster({ 'a.yaml': MAIN + balancer('shop/web') });
    const other = balancer('infra/mq', { status: '{ip: 192.168.10.1}' });
    expect(cluster.put('b.yaml', other)).toEqual(['infra', 'shop']);
    expect(cluster.points('shop/web')).toBe('192.168.10.2');
    expect(poolsOf(cluster, 'shop/web')).toEqual(['main']);
    expect(poolsOf(cluster, 'infra/mq')).toEqual([undefined]);
    expect(cluster.put('b.yaml', undefined)).toEqual(['infra']);
    expect(cluster.points('shop/web')).toBe('192.168.10.2');
  });

  test('says which pool an address is from, also when the pool is another', () => {
    const cluster = new BalancedCluster({ 'a.yaml': MAIN, 'b.yaml': balancer('shop/web') });
    const renamed = pool('other', '192.168.10.1-192.168.10.9');
    expect(cluster.put('a.yaml', renamed)).toEqual(['metallb-system', 'shop']);
    expect(cluster.points('shop/web')).toBe('192.168.10.1');
    expect(poolsOf(cluster, 'shop/web')).toEqual(['other']);
  });

  test('moves a Service away from an address that another one asks for', () => {
    const cluster = new BalancedCluster({ 'a.yaml': MAIN + balancer('shop/web') });
    const asking = balancer('infra/mq', { spec: 'loadBalancerIP: 192.168.10.1' });
    expect(cluster.put('b.yaml', asking)).toEqual(['infra', 'shop']);
    expect(cluster.points('infra/mq')).toBe('192.168.10.1');
    expect(cluster.points('shop/web')).toBe('192.168.10.2');
  });

  test('lets a Service keep its address when a pool with precedence is added, or its own needs asking', () => {
    const cluster = new BalancedCluster({ 'a.yaml': MAIN, 'b.yaml': balancer('shop/web') });
    cluster.put('c.yaml', pool('aa', '10.1.0.0/24', 'serviceAllocation: {namespaces: [shop]}'));
    cluster.put('a.yaml', pool('main', '192.168.10.0/24', 'autoAssign: false'));
    expect(cluster.points('shop/web')).toBe('192.168.10.1');
  });

  test('gives an address of another pool when a pool vanishes, and stays there when it is back', () => {
    const cluster = new BalancedCluster({
      'a.yaml': MAIN,
      'b.yaml': balancer('shop/web') + balancer('shop/db'),
    });
    expect(cluster.put('a.yaml', undefined)).toEqual(['metallb-system', 'shop']);
    expect(cluster.points('shop/web')).toBe('');
    cluster.put('a.yaml', MAIN);
    expect([cluster.points('shop/db'), cluster.points('shop/web')]).toEqual([
      '192.168.10.1',
      '192.168.10.2',
    ]);
    cluster.put('a.yaml', pool('other', '10.1.0.1-10.1.0.9'));
    expect(cluster.points('shop/web')).toBe('10.1.0.2');
    cluster.put('a.yaml', pool('other', '10.1.0.2-10.1.0.9') + MAIN);
    expect(cluster.points('shop/web')).toBe('10.1.0.2');
    expect(cluster.points('shop/db')).toBe('192.168.10.1');
  });

  test('gives an address as soon as there is one again', () => {
    const cluster = new BalancedCluster({
      'a.yaml': pool('a', '10.9.0.1/32') + balancer('infra/mq'),
      'b.yaml': balancer('shop/web'),
    });
    expect(cluster.points('shop/web')).toBe('');
    expect(cluster.put('a.yaml', pool('a', '10.9.0.1/32'))).toContain('shop');
    expect(cluster.points('shop/web')).toBe('10.9.0.1');
    expect(cluster.problems()).toEqual([]);
  });

  test('gives the second family as soon as the pool has one', () => {
    const cluster = new BalancedCluster({
      'a.yaml': pool('a', '10.9.0.0/24'),
      'b.yaml': balancer('shop/web', { spec: PREFER }),
    });
    expect(cluster.points('shop/web')).toBe('10.9.0.0');
    cluster.put('a.yaml', pool('a', '10.9.0.0/24, "fd00:1::/64"'));
    expect(cluster.points('shop/web')).toBe('10.9.0.0 fd00:1::');
  });

  test('gives nobody new the address of a Service that is gone, while there are others', () => {
    const cluster = new BalancedCluster({
      'a.yaml': pool('a', '10.9.0.1-10.9.0.2'),
      'b.yaml': balancer('shop/web'),
    });
    cluster.put('b.yaml', balancer('shop/api'));
    expect(cluster.points('shop/api')).toBe('10.9.0.2');
    cluster.put('b.yaml', balancer('shop/api') + balancer('shop/web'));
    expect(cluster.points('shop/web')).toBe('10.9.0.1');
    cluster.put('b.yaml', balancer('shop/api') + balancer('shop/new'));
    expect(cluster.points('shop/new')).toBe('10.9.0.1');
  });

  test('gives everybody the address of the run before, also when somebody new comes first', () => {
    const files = { 'a.yaml': pool('a', '10.9.0.1/32'), 'b.yaml': balancer('shop/web') };
    const before = new BalancedCluster(files);
    const after = new BalancedCluster(
      { ...files, 'c.yaml': balancer('alpha/web') },
      before.remembered,
    );
    expect(after.points('shop/web')).toBe('10.9.0.1');
    expect(after.points('alpha/web')).toBe('');
  });

  test('leaves an address that two ask for to the one who had it in the run before', () => {
    const asking = { spec: 'loadBalancerIP: 192.168.10.5' };
    const files = { 'a.yaml': MAIN, 'b.yaml': balancer('shop/web', asking) };
    const before = new BalancedCluster(files);
    const after = new BalancedCluster(
      { ...files, 'c.yaml': balancer('alpha/web', asking) },
      before.remembered,
    );
    expect(after.points('shop/web')).toBe('192.168.10.5');
    expect(after.points('alpha/web')).toBe('');
  });

  test('gives out again an address that its Service left for another one', () => {
    const cluster = new BalancedCluster({
      'a.yaml': MAIN,
      'b.yaml': balancer('shop/web'),
      'c.yaml': balancer('shop/xyz') + balancer('shop/yyy'),
    });
    cluster.put('b.yaml', balancer('shop/web', { spec: 'loadBalancerIP: 192.168.10.9' }));
    cluster.put('d.yaml', balancer('shop/new'));
    expect(cluster.points('shop/new')).toBe('192.168.10.1');
  });

  test('returns the very same object while nothing changes', () => {
    const cluster = new BalancedCluster({ 'a.yaml': MAIN + balancer('shop/web') });
    const first = cluster.service('shop/web');
    cluster.put('b.yaml', balancer('shop/api'));
    expect(cluster.service('shop/web')).toBe(first);
  });

  test('gives 1,000 Services addresses, and finds out for 100 more that there are none', () => {
    const names = Array.from({ length: 1_100 }, (_, at) => `shop/web-${at}`);
    const files = {
      pools: pool('a', '10.9.0.0-10.9.3.231'),
      services: names.map((ref) => balancer(ref)).join(''),
    };
    const cluster = new BalancedCluster(files);
    const points = names.map((ref) => cluster.points(ref)).filter((ip) => ip !== '');
    expect(new Set(points).size).toBe(1_000);
    expect(cluster.problems()).toHaveLength(100);
  });
});
