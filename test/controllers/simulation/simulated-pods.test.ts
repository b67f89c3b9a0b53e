import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceRanges } from '../../../src/controllers/addresses/numbered-range.ts';
import { PodSimulator } from '../../../src/controllers/simulation/simulated-pods.ts';
import { MAX_SIMULATED_PODS } from '../../../src/controllers/simulation/simulation-shortage.ts';
import { dns1123Label } from '../../../src/kube/names.ts';
import type { Pod } from '../../../src/kube/objects.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { runs } from '../../helpers/runs.ts';
import { pod, service } from '../../registry/load-text.ts';
import { Cluster } from '../cluster-of.ts';
import { workload } from './workload-text.ts';

const POOL: ServiceRanges = { ipv4: '10.244.0.0/16', ipv6: undefined };
const APP = '{app: web}';
const READY = 'conditions: [{type: Ready, status: "True"}]';
const at = (ip: string, rest = READY) => `{podIP: ${ip}, ${rest}}`;

function simulating(text: string | Record<string, string>, ranges: ServiceRanges = POOL): Cluster {
  const files = typeof text === 'string' ? { 'a.yaml': text } : text;
  return new Cluster(files, undefined, new PodSimulator(ranges));
}

const podsOf = (cluster: Cluster, namespace = 'shop') =>
  [...cluster.simulator.podsOf(namespace)].sort((a, b) => (a.name < b.name ? -1 : 1));

const namesOf = (cluster: Cluster) => podsOf(cluster).map(({ name }) => name);

/** `db-0 10.244.1.2 db-0.db`: name, addresses, and host name with subdomain. */
const podText = ({ name, podIPs, hostname, subdomain }: Pod) =>
  [name, podIPs.join('+'), hostname && `${hostname}.${subdomain}`].filter(Boolean).join(' ');

/** Addresses by Pod, of all namespaces. */
const addresses = (cluster: Cluster) =>
  new Map(
    cluster.registry
      .namespaces()
      .flatMap((namespace) =>
        podsOf(cluster, namespace).map((each) => [
          `${namespace}/${each.name}`,
          each.podIPs.join('+'),
        ]),
      ),
  );

const problems = (cluster: Cluster) => cluster.simulator.problems().map(problemText);

const node = (name: string, spec = '{}') =>
  `---\n{apiVersion: v1, kind: Node, metadata: {name: ${name}}, spec: ${spec}}\n`;

test('simulated Pods run on one Node after the other, and stay the same while Nodes do', () => {
  const cluster = simulating({
    'a.yaml': workload('StatefulSet shop/db', APP, 'replicas: 3'),
    'b.yaml': node('n2') + node('n1') + node('n3', '{unschedulable: true}'),
  });
  const places = () => podsOf(cluster).map(({ name, nodeName }) => `${name} ${nodeName}`);
  expect(places()).toEqual(['db-0 n1', 'db-1 n2', 'db-2 n1']);
  const [first] = podsOf(cluster);
  expect(cluster.put('c.yaml', service('bank/x'))).toEqual(['bank']);
  expect(podsOf(cluster)[0]).toBe(first);
  expect(cluster.put('b.yaml', node('n4'))).toEqual(['shop']);
  expect(places()).toEqual(['db-0 n4', 'db-1 n4', 'db-2 n4']);
  cluster.put('b.yaml', undefined);
  expect(podsOf(cluster).map((pod) => 'nodeName' in pod)).toEqual([false, false, false]);
  expect(podsOf(cluster)[0]?.podIPs).toEqual(first?.podIPs);
});

describe('PodSimulator makes', () => {
  // These names and addresses are what people have in their notes: they may not change.
  test.each<[title: string, text: string, pods: string[]]>([
    [
      'a Pod for each replica of a Deployment, named as by its ReplicaSet',
      workload('Deployment shop/my-nginx', '{run: my-nginx}', 'replicas: 2'),
      ['my-nginx-svp4kb8zfr-2dtr7 10.244.148.193', 'my-nginx-svp4kb8zfr-jjhp6 10.244.167.62'],
    ],
    [
      'one of a Deployment that does not say',
      workload('Deployment shop/web', APP),
      ['web-d6w4vhfnbg-c92vr 10.244.114.81'],
    ],
    ['one of a DaemonSet', workload('DaemonSet shop/agent', APP), ['agent-9t9s8 10.244.152.64']],
    [
      'those of a ReplicaSet',
      workload('ReplicaSet shop/web', APP, 'replicas: 2'),
      ['web-5ckvp 10.244.83.217', 'web-lg7sn 10.244.55.211'],
    ],
    [
      'those of a StatefulSet, with host names below its Service',
      workload('StatefulSet shop/db', APP, 'replicas: 2, serviceName: db'),
      ['db-0 10.244.119.237 db-0.db', 'db-1 10.244.155.3 db-1.db'],
    ],
    [
      'those of a StatefulSet from its first ordinal on',
      workload('StatefulSet shop/db', APP, 'replicas: 2, serviceName: db, ordinals: {start: 1}'),
      ['db-1 10.244.155.3 db-1.db', 'db-2 10.244.116.128 db-2.db'],
    ],
    [
      'Pods with the host name and subdomain of the template',
      workload('Deployment shop/web', APP, '', '', 'hostname: one, subdomain: web'),
      ['web-d6w4vhfnbg-c92vr 10.244.114.81 one.web'],
    ],
    [
      'StatefulSet Pods with names of their own, whatever the template says',
      workload('StatefulSet shop/db', APP, 'serviceName: db', '', 'hostname: one, subdomain: two'),
      ['db-0 10.244.119.237 db-0.db'],
    ],
    ['none for no replicas', workload('Deployment shop/web', APP, 'replicas: 0'), []],
  ])('%s', (_, text, pods) => {
    expect(podsOf(simulating(text)).map(podText)).toEqual(pods);
  });

  test('Pods with an address of each family', () => {
    const ranges = { ipv4: '10.244.0.0/16', ipv6: 'fd00:244::/112' };
    const cluster = simulating(workload('Deployment shop/web', APP), ranges);
    expect(podsOf(cluster).map(podText)).toEqual([
      'web-d6w4vhfnbg-c92vr 10.244.114.81+fd00:244::fd75',
    ]);
  });

  test('no Pods without a range', () => {
    const cluster = new Cluster({ 'a.yaml': workload('Deployment shop/web', APP) });
    expect(cluster.simulator.isOn).toBe(false);
    expect(podsOf(cluster)).toEqual([]);
  });

  test('Pods that are endpoints and can be asked for by address', () => {
    const text =
      service(
        'shop/web',
        '{clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: www}]}',
      ) + workload('Deployment shop/web', APP, 'replicas: 3', '{name: www, containerPort: 8080}');
    const view = simulating(text).view('shop');
    const [slice] = view.slices.get('web') ?? [];
    expect(slice?.ports.map(({ port }) => port)).toEqual([8080]);
    expect(slice?.endpoints.filter(({ ready }) => ready)).toHaveLength(3);
    expect(view.pods).toHaveLength(3);
  });

  test('StatefulSet Pods that a Service can select one by one', () => {
    const one = '{app: web, statefulset.kubernetes.io/pod-name: db-1}';
    const text =
      service('shop/one', `{clusterIP: None, selector: ${one}, ports: [{port: 80}]}`) +
      workload('StatefulSet shop/db', APP, 'replicas: 3, serviceName: db');
    const [slice] = simulating(text).view('shop').slices.get('one') ?? [];
    expect(slice?.endpoints.map(({ targetName }) => targetName)).toEqual(['db-1']);
  });
});

describe('A changed template', () => {
  const restarted = (text: string, at: string) =>
    text.replace('template: {metadata: {', `template: {metadata: {annotations: {at: "${at}"}, `);
  const deployment = workload('Deployment shop/web', APP, 'replicas: 3');
  const set = workload('StatefulSet shop/web', APP, 'replicas: 3, serviceName: web');
  const daemons = workload('DaemonSet shop/web', APP);
  const ips = (cluster: Cluster) => podsOf(cluster).flatMap(({ podIPs }) => podIPs);

  test.each([
    ['Deployment', deployment],
    ['DaemonSet', daemons],
  ])('of a %s gives as many other Pods with other addresses', (_, text) => {
    const cluster = simulating(text);
    const seen = { names: namesOf(cluster), ips: ips(cluster) };
    for (const at of ['1', '2']) {
      cluster.put('a.yaml', restarted(text, at));
      expect(namesOf(cluster)).toHaveLength(seen.names.length / Number(at));
      for (const name of namesOf(cluster)) expect(seen.names).not.toContain(name);
      for (const ip of ips(cluster)) expect(seen.ips).not.toContain(ip);
      seen.names.push(...namesOf(cluster));
      seen.ips.push(...ips(cluster));
    }
  });

  test('of a StatefulSet leaves the names and gives other addresses', () => {
    const cluster = simulating(set);
    const before = ips(cluster);
    cluster.put('a.yaml', restarted(set, '1'));
    expect(namesOf(cluster)).toEqual(['web-0', 'web-1', 'web-2']);
    for (const ip of ips(cluster)) expect(before).not.toContain(ip);
  });

  test('of a ReplicaSet leaves its Pods, as in a cluster', () => {
    const text = workload('ReplicaSet shop/web', APP, 'replicas: 3');
    const cluster = simulating(text);
    const before = podsOf(cluster).map(podText);
    cluster.put('a.yaml', restarted(text, '1'));
    expect(podsOf(cluster).map(podText)).toEqual(before);
  });

  test('does so too in a range that is full', () => {
    const cluster = simulating(deployment, { ipv4: '10.244.0.0/29', ipv6: undefined });
    for (const at of ['1', '2', '3', '4']) {
      cluster.put('a.yaml', restarted(deployment, at));
      expect(new Set(ips(cluster)).size).toBe(3);
    }
  });

  test('is remembered: after a restart there are the same Pods', () => {
    const cluster = simulating(deployment);
    cluster.put('a.yaml', restarted(deployment, '1'));
    const before = podsOf(cluster).map(podText);
    const next = new PodSimulator(POOL, [...cluster.simulator.allocations()]);
    const again = new Cluster({ 'a.yaml': restarted(deployment, '1') }, undefined, next);
    expect(podsOf(again).map(podText)).toEqual(before);
  });

  test('is none when a workload is scaled, or nothing but its lines change', () => {
    const cluster = simulating(restarted(deployment, '1'));
    const before = podsOf(cluster).map(podText);
    cluster.put('a.yaml', `# moved\n${restarted(deployment, '1')}`);
    expect(podsOf(cluster).map(podText)).toEqual(before);
    cluster.put('a.yaml', restarted(deployment.replace('replicas: 3', 'replicas: 2'), '1'));
    cluster.put('a.yaml', restarted(deployment, '1'));
    expect(podsOf(cluster).map(podText)).toEqual(before);
  });
});

describe('PodSimulator leaves to Pods that are written', () => {
  const three = workload('Deployment shop/web', APP, 'replicas: 3');
  const set = workload('StatefulSet shop/db', '{app: db}', 'replicas: 3, serviceName: db');
  const hashed = '{app: web, pod-template-hash: 6b6bf4f5d4}';

  test.each<[title: string, text: string, count: number]>([
    ['what they are', three + pod('shop/a', APP, at('10.0.0.1')), 2],
    [
      'as many as there are',
      three + pod('shop/a', APP, at('10.0.0.1')).repeat(1) + pod('shop/b', APP, at('10.0.0.2')),
      1,
    ],
    ['nothing of other labels', three + pod('shop/a', '{app: db}', at('10.0.0.1')), 3],
    ['nothing of other namespaces', three + pod('bank/a', APP, at('10.0.0.1')), 3],
    ['nothing without an address', three + pod('shop/a', APP, '{phase: Running}'), 3],
    [
      'nothing when they have ended',
      three + pod('shop/a', APP, at('10.0.0.1', 'phase: Failed')),
      3,
    ],
    [
      'nothing when they are being deleted',
      three +
        pod('shop/a', APP, at('10.0.0.1')).replace(
          'name: a',
          'name: a, deletionTimestamp: "2026-01-01T00:00:00Z"',
        ),
      3,
    ],
    [
      'the place of those that are not ready',
      three + pod('shop/a', APP, at('10.0.0.1', 'phase: Running')),
      2,
    ],
    [
      'never more than there are replicas',
      three.replace('replicas: 3', 'replicas: 0') + pod('shop/a', APP, at('10.0.0.1')),
      0,
    ],
    [
      'the place of one workload only',
      three + workload('Deployment shop/web2', APP) + pod('shop/a', APP, at('10.0.0.1')),
      3,
    ],
    [
      'first the place of the workload with more labels',
      workload('Deployment shop/a', APP) +
        workload('Deployment shop/z', '{app: web, track: canary}') +
        pod('shop/z-1', '{app: web, track: canary}', at('10.0.0.1')),
      1,
    ],
    [
      'nothing to a ReplicaSet that a Deployment has made',
      three + workload('ReplicaSet shop/web-6b6bf4f5d4', hashed, 'replicas: 3'),
      3,
    ],
    [
      'the place of a ReplicaSet whose Deployment is not there',
      workload('ReplicaSet shop/web-6b6bf4f5d4', hashed, 'replicas: 3'),
      3,
    ],
    [
      'the place of a ReplicaSet of another Deployment',
      workload('Deployment shop/db', '{app: db}') +
        workload('ReplicaSet shop/web-6b6bf4f5d4', hashed, 'replicas: 3'),
      4,
    ],
  ])('%s', (_, text, count) => {
    expect(podsOf(simulating(text))).toHaveLength(count);
  });

  test('the ordinals of a StatefulSet by their names', () => {
    const text =
      set +
      pod('shop/db-1', '{}', at('10.0.0.1')) +
      pod('shop/db-7', '{}', at('10.0.0.2')) +
      pod('shop/db-x', '{app: db}', at('10.0.0.3'));
    expect(namesOf(simulating(text))).toEqual(['db-0', 'db-2']);
  });

  test('their addresses, and moves replicas that have them', () => {
    const cluster = simulating({
      'a.yaml': workload('Deployment shop/web', APP, 'replicas: 2'),
      'b.yaml': workload('Deployment bank/web', APP, 'replicas: 2'),
    });
    const before = addresses(cluster);
    const [[taken, ip = ''] = []] = [...before].filter(([name]) => name.startsWith('shop/'));
    expect(cluster.put('c.yaml', pod('infra/x', '{}', at(ip)))).toEqual(['infra', 'shop']);
    const after = addresses(cluster);
    for (const [name, address] of before) {
      if (name === taken) expect(after.get(name)).not.toBe(address);
      else expect(after.get(name)).toBe(address);
    }
  });
});

describe('PodSimulator tells', () => {
  const TINY: ServiceRanges = { ipv4: '10.244.0.0/29', ipv6: undefined };

  test('when its range is full, and fills up when there is room', () => {
    const cluster = simulating(
      {
        'a.yaml': workload('Deployment shop/web', APP, 'replicas: 5'),
        'b.yaml': workload('Deployment shop/api', '{app: api}', 'replicas: 4'),
      },
      TINY,
    );
    expect(problems(cluster)).toEqual([
      'a.yaml:2:1: warning: Deployment "web": 3 of 5 simulated Pods lack an address: range is full: no address of 10.244.0.0/29 is left: give workloads simulate a larger CIDR [SIMULATED_PODS_MISSING]',
    ]);
    expect(podsOf(cluster)).toHaveLength(6);
    cluster.put('a.yaml', workload('Deployment shop/web', APP, 'replicas: 2'));
    expect(problems(cluster)).toEqual([]);
    expect(podsOf(cluster)).toHaveLength(6);
  });

  test('which namespaces changed when room came from another', () => {
    const cluster = simulating(
      {
        'a.yaml': workload('Deployment bank/web', APP, 'replicas: 6'),
        'b.yaml': workload('Deployment shop/api', '{app: api}', 'replicas: 2'),
      },
      TINY,
    );
    expect(podsOf(cluster)).toHaveLength(0);
    expect(cluster.put('a.yaml', undefined)).toEqual(['bank', 'shop']);
    expect(podsOf(cluster)).toHaveLength(2);
  });

  test('when a Pod has an address of one family only', () => {
    const ranges = { ipv4: '10.244.0.0/30', ipv6: 'fd00:244::/112' };
    const cluster = simulating(workload('Deployment shop/web', APP, 'replicas: 3'), ranges);
    expect(podsOf(cluster).map(({ podIPs }) => podIPs.length)).toEqual(
      expect.arrayContaining([1, 2, 2]),
    );
    expect(problems(cluster)).toEqual([
      expect.stringContaining(
        '1 of 3 simulated Pods lack an address: range is full: no address of 10.244.0.0/30 and fd00:244::/112 is left',
      ),
    ]);
  });

  test('which Pods the limit of all leaves out, and keeps those that there are', () => {
    const cluster = simulating({
      'a.yaml': workload('Deployment shop/web', APP, `replicas: ${MAX_SIMULATED_PODS - 1}`),
      'b.yaml': workload('StatefulSet shop/db', '{app: db}', 'replicas: 90000, serviceName: db'),
    });
    expect(cluster.simulator.size).toBe(MAX_SIMULATED_PODS);
    expect(problems(cluster)).toEqual([
      'b.yaml:2:1: warning: StatefulSet "db": 89999 of 90000 simulated Pods are left out: at most 10000 are made in all [SIMULATED_PODS_MISSING]',
    ]);
    cluster.put('a.yaml', undefined);
    expect(cluster.simulator.size).toBe(MAX_SIMULATED_PODS);
    expect(podsOf(cluster).every(({ name }) => name.startsWith('db-'))).toBe(true);
    cluster.put('b.yaml', undefined);
    expect(cluster.simulator.size).toBe(0);
  });

  test.each(['a'.repeat(62), 'a.b'])(
    'of a StatefulSet whose Pods a cluster would refuse: %s',
    (name) => {
      const cluster = simulating(workload(`StatefulSet shop/${name}`, APP, 'serviceName: db'));
      expect(podsOf(cluster)).toEqual([]);
      expect(problems(cluster)).toEqual([
        `a.yaml:2:1: warning: StatefulSet "${name}": no Pods are simulated: their names are their host names too, and a cluster would refuse those: ${dns1123Label(`${name}-0`)[0]} [SIMULATED_PODS_MISSING]`,
      ]);
    },
  );

  test('all numbers of a Deployment apart', () => {
    const cluster = simulating(workload('Deployment shop/web', APP, 'replicas: 9999'));
    expect(new Set(namesOf(cluster))).toHaveLength(9999);
    expect(new Set(addresses(cluster).values())).toHaveLength(9999);
  });
});

test('PodSimulator hands out the very same Pods while nothing about them changes', () => {
  const cluster = simulating({
    'a.yaml': workload('Deployment shop/web', APP, 'replicas: 2'),
    'b.yaml': workload('StatefulSet shop/db', '{app: db}', 'replicas: 2, serviceName: db'),
  });
  const before = podsOf(cluster);
  cluster.put('c.yaml', service('shop/web'));
  podsOf(cluster).forEach((each, index) => {
    expect(each).toBe(before[index]);
  });
  cluster.put(
    'b.yaml',
    workload('StatefulSet shop/db', '{app: db}', 'replicas: 3, serviceName: db'),
  );
  const after = podsOf(cluster);
  for (const each of before.filter(({ name }) => name.startsWith('web-'))) {
    expect(after).toContain(each);
  }
});

test('PodSimulator gives the same addresses with nothing to remember, in whatever order it reads', () => {
  const files = {
    'a.yaml': workload('Deployment shop/web', APP, 'replicas: 20'),
    'b.yaml': workload('StatefulSet shop/db', '{app: db}', 'replicas: 20, serviceName: db'),
    'c.yaml': workload('Deployment bank/web', APP, 'replicas: 20'),
  };
  const reversed = Object.fromEntries(Object.entries(files).reverse());
  expect(addresses(simulating(reversed))).toEqual(addresses(simulating(files)));
});

describe('law', () => {
  const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'] as const;
  const step = fc.record({
    namespace: fc.constantFrom('shop', 'bank'),
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom('a', 'b'),
    replicas: fc.option(fc.nat(12), { nil: undefined }),
    restarts: fc.boolean(),
  });
  const ranges = fc.constantFrom<ServiceRanges>(
    { ipv4: '10.244.0.0/24', ipv6: undefined },
    { ipv4: '10.244.0.0/28', ipv6: undefined },
    { ipv4: '10.244.0.0/27', ipv6: 'fd00:244::/124' },
  );

  test('PodSimulator: scaling a workload, or a restart, never moves another replica', () => {
    fc.assert(
      fc.property(ranges, fc.array(step, { maxLength: 15 }), (range, steps) => {
        const files = new Map<string, string>();
        let cluster = simulating({}, range);
        for (const { namespace, kind, name, replicas, restarts } of steps) {
          const before = addresses(cluster);
          const file = `${namespace}-${kind}-${name}.yaml`;
          const spec = `replicas: ${replicas}, serviceName: ${name}`;
          const text = workload(`${kind} ${namespace}/${name}`, `{app: ${kind}-${name}}`, spec);
          if (replicas === undefined) files.delete(file);
          else files.set(file, text);
          if (restarts) {
            const simulator = new PodSimulator(range, cluster.simulator.allocations());
            cluster = new Cluster(Object.fromEntries(files), undefined, simulator);
          } else {
            cluster.put(file, files.get(file));
          }
          const after = addresses(cluster);
          // One that lacked a family may have got it; what it had it still has.
          for (const [replica, address] of before) {
            const now = after.get(replica);
            if (now !== undefined)
              for (const ip of address.split('+')) expect(now.split('+')).toContain(ip);
          }
          const stays = [...before.keys()].filter((each) => wanted(files, each));
          for (const replica of stays) expect(after.has(replica)).toBe(true);
          const given = [...after.values()].flatMap((text) => text.split('+'));
          expect(new Set(given).size).toBe(given.length);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  /** Is it a replica that the manifests still ask for? StatefulSets tell by their names. */
  function wanted(files: ReadonlyMap<string, string>, replica: string): boolean {
    const [, namespace, name, ordinal] = /^(\w+)\/(\w)-(\d+)$/.exec(replica) ?? [];
    const text = files.get(`${namespace}-StatefulSet-${name}.yaml`) ?? '';
    return Number(ordinal) < Number(/replicas: (\d+)/.exec(text)?.[1] ?? 0);
  }
});
