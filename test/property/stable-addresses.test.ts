import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/control/state/state.ts';
import type { Service } from '../../src/kube/objects.ts';
import { BalancedCluster, type Remembered } from '../controllers/metallb/balanced-cluster.ts';
import { runs } from '../helpers/runs.ts';
import { service } from '../registry/load-text.ts';

/*
 * The law of stable addresses.
 *
 * Take a folder, any edit of it (Services added, changed, removed, moved to another file;
 * documents and files in another order; pools added, changed, removed), and perhaps a restart at
 * the same time.
 *
 * 1. Cluster IPs. When a Service was given the address A before, and afterwards it still wants an
 *    address of that family, does not name one, and no manifest names A: then it has A. This holds
 *    while running, and over a restart with the state file.
 *
 * 2. Load balancers. When a Service was given addresses before, and afterwards
 *    - its manifest says the same and its cluster IPs are of the same families,
 *    - a pool still has these addresses,
 *    - no other manifest, in a status or as a request, has one of them,
 *    - and those that share one with it say the same as before:
 *    then it has them. Again while running, and over a restart with the state file.
 *
 * 3. Without a state file, or with one that is refused, the addresses follow from the objects
 *    alone: two runs that read the same objects give the same addresses, whatever the files and
 *    their order.
 *
 * 4. And then each Service that names no address has the one where its own name leads, unless
 *    another Service's name leads there too or a manifest names it. So where names do not collide,
 *    which in a range of 2^20 is nearly always, losing the state moves nothing at all.
 */

const REFS = ['default/kubernetes', 'a/web', 'a/db', 'a/mq', 'b/web', 'b/db', 'c/api', 'c/lb'];
const FILES = ['1.yaml', '2.yaml', '3.yaml'];
const PORTS = 'ports: [{port: 80}]';

/** Six addresses of IPv4, seven of IPv6: not enough for all. */
const SMALL = { ipv4: '10.0.0.0/29', ipv6: 'fd00::/125' };

const UNNAMED = [
  `{${PORTS}}`,
  `{type: NodePort, ${PORTS}}`,
  `{ipFamilies: [IPv6], ${PORTS}}`,
  `{ipFamilyPolicy: PreferDualStack, ${PORTS}}`,
  `{ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6], ${PORTS}}`,
  '{clusterIP: None}',
  '{type: ExternalName, externalName: db.example}',
];

const NAMED = [
  `{clusterIP: 10.0.0.1, ${PORTS}}`,
  `{clusterIP: 10.0.0.2, ${PORTS}}`,
  `{clusterIP: 10.0.0.5, ipFamilyPolicy: RequireDualStack, ${PORTS}}`,
  `{clusterIP: "fd00::3", ${PORTS}}`,
  `{clusterIP: 172.20.0.1, ${PORTS}}`,
];

const BALANCED = [
  `{type: LoadBalancer, ${PORTS}}`,
  `{type: LoadBalancer, ipFamilyPolicy: PreferDualStack, ${PORTS}}`,
  `{type: LoadBalancer, ipFamilies: [IPv6], ${PORTS}}`,
  `{type: LoadBalancer, loadBalancerIP: 192.168.0.2, ${PORTS}}`,
  `{type: LoadBalancer, loadBalancerIP: 192.168.0.3, ${PORTS}}`,
];
const SHARING = `{type: LoadBalancer, ${PORTS}}, annotations: k`;
const WITH_STATUS = `{type: LoadBalancer, ${PORTS}}, status: 192.168.0.1`;

const POOLS = [
  '',
  '192.168.0.1-192.168.0.3',
  '192.168.0.2-192.168.0.4, "fd00:1::/126"',
  '10.9.0.1/32',
];

/** What a Service's documents say, and where. */
interface Written {
  readonly spec: string;
  readonly file: string;
}

interface World {
  readonly services: ReadonlyMap<string, Written>;
  readonly pools: string;
  /** Documents from last to first. */
  readonly isReversed: boolean;
}

interface Edit {
  /** Undefined for none. */
  readonly spec: string | undefined;
  readonly ref: string;
  readonly file: string;
  /** Undefined for the same as before. */
  readonly pools: string | undefined;
  readonly isReversed: boolean;
}

type Restart = 'none' | 'with its state' | 'with a broken state' | 'without a state';

function edits(specs: readonly string[]): fc.Arbitrary<Edit> {
  return fc.record({
    spec: fc.option(fc.constantFrom(...specs), { nil: undefined, freq: 5 }),
    ref: fc.constantFrom(...REFS),
    file: fc.constantFrom(...FILES),
    pools: fc.option(fc.constantFrom(...POOLS), { nil: undefined, freq: 1 }),
    isReversed: fc.boolean(),
  });
}

/** Some edits come together, as when a branch is checked out. */
function histories(specs: readonly string[]) {
  const restart = fc.constantFrom<Restart>(
    'none',
    'none',
    'with its state',
    'with a broken state',
    'without a state',
  );
  const edit = edits(specs);
  return fc.array(fc.record({ edits: fc.array(edit, { minLength: 1, maxLength: 4 }), restart }), {
    minLength: 4,
    maxLength: 12,
  });
}

const EMPTY: World = { services: new Map(), pools: POOLS[1] as string, isReversed: false };

function edited(world: World, { ref, spec, file, pools, isReversed }: Edit): World {
  const services = new Map(world.services);
  if (spec === undefined) services.delete(ref);
  else services.set(ref, { spec, file });
  return { services, pools: pools ?? world.pools, isReversed };
}

/** The files of a world; all of them, so that a file can become empty. */
function filesOf({ services, pools, isReversed }: World): Record<string, string> {
  const files = Object.fromEntries(FILES.map((file) => [file, '']));
  const inOrder = isReversed ? [...services].reverse() : [...services];
  for (const [ref, { spec, file }] of inOrder) files[file] += document(ref, spec);
  const pool = `---\n{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {namespace: lb, name: a}, spec: {addresses: [${pools}]}}\n`;
  return { ...files, 'pools.yaml': pools === '' ? '' : pool };
}

function document(ref: string, text: string): string {
  const [spec = '', more = ''] = text.split('}, ');
  if (more === '') return service(ref, text);
  const [what, value] = more.split(': ');
  if (what === 'status') {
    const status = `status: {loadBalancer: {ingress: [{ip: ${value}}]}}`;
    return service(ref, `${spec}}, ${status}`);
  }
  const annotations = `annotations: {metallb.io/allow-shared-ip: ${value}}`;
  const [, name = ''] = ref.split('/');
  const port = 1_000 + REFS.indexOf(ref);
  return service(ref, `${spec}}`)
    .replace(`name: ${name},`, `name: ${name}, ${annotations},`)
    .replace('port: 80', `port: ${port}`);
}

/** A cluster through time. */
class Timeline {
  readonly #ranges: typeof SMALL | undefined;
  world: World = EMPTY;
  cluster: BalancedCluster;

  constructor(ranges?: typeof SMALL) {
    this.#ranges = ranges;
    this.cluster = new BalancedCluster(filesOf(EMPTY), undefined, ranges);
  }

  /** Goes on to another world, all at once, as one look at a folder does. */
  go(world: World, restart: Restart): void {
    const before = filesOf(this.world);
    this.world = world;
    const files = filesOf(world);
    if (restart !== 'none') {
      const remembered = afterRestart(this.cluster.remembered, restart);
      this.cluster = new BalancedCluster(files, remembered, this.#ranges);
      return;
    }
    this.cluster.putAll(Object.entries(files).filter(([file, text]) => before[file] !== text));
  }

  /** The cluster IPs that were given, as opposed to named: `a/web IPv4` → address. */
  given(): Map<string, string> {
    const found = new Map<string, string>();
    for (const [ref, { spec }] of this.world.services) {
      for (const ip of this.cluster.service(ref).clusterIPs) {
        if (ip !== 'None' && !spec.includes(ip)) found.set(`${ref} ${familyOf(ip)}`, ip);
      }
    }
    return found;
  }

  balanced(): Map<string, { service: Service; points: readonly string[] }> {
    const found = new Map<string, { service: Service; points: readonly string[] }>();
    for (const ref of this.world.services.keys()) {
      const resolved = this.cluster.service(ref);
      const points = resolved.loadBalancerPoints.map(({ ip }) => ip);
      if (points.length > 0) found.set(ref, { service: resolved, points });
    }
    return found;
  }
}

function afterRestart(remembered: Remembered, restart: Restart): Remembered | undefined {
  const text = encodeState({ ranges: [], ...remembered, pods: [], nodePorts: [] });
  if (restart === 'without a state') return undefined;
  const decoded = decodeState(restart === 'with a broken state' ? text.slice(0, -2) : text);
  return 'state' in decoded ? decoded.state : undefined;
}

const familyOf = (ip: string) => (ip.includes(':') ? 'IPv6' : 'IPv4');

/** The families of which a Service is to be given an address. */
function wanted(spec: string): string[] {
  if (/None|ExternalName/.test(spec)) return [];
  const named = /clusterIP: "?([^,"]+)/.exec(spec)?.[1];
  const isBoth = /PreferDualStack|RequireDualStack/.test(spec);
  if (named !== undefined) {
    const other = familyOf(named) === 'IPv4' ? 'IPv6' : 'IPv4';
    return spec.includes('RequireDualStack') ? [other] : [];
  }
  if (isBoth) return ['IPv4', 'IPv6'];
  return spec.includes('[IPv6]') ? ['IPv6'] : ['IPv4'];
}

const isKept = (restart: Restart) => restart === 'none' || restart === 'with its state';

const ALL = [...UNNAMED, ...NAMED, ...BALANCED, SHARING, WITH_STATUS];

// The time is for shrinking: a counterexample is worth waiting for.
describe('addresses', { timeout: 600_000 }, () => {
  test('of Services stay, whatever else changes, also over a restart with the state file', () => {
    let stayed = 0; // so that nobody makes the law empty
    fc.assert(
      fc.property(histories(ALL), (history) => {
        const timeline = new Timeline(SMALL);
        for (const { edits: some, restart } of history) {
          const before = timeline.given();
          timeline.go(some.reduce(edited, timeline.world), restart);
          if (!isKept(restart)) continue;
          const named = [...timeline.world.services.values()].map(({ spec }) => spec).join();
          const after = timeline.given();
          for (const [key, ip] of before) {
            const [ref = '', family = ''] = key.split(' ');
            const spec = timeline.world.services.get(ref)?.spec ?? 'None';
            if (!wanted(spec).includes(family) || named.includes(ip)) continue;
            expect(after.get(key), key).toBe(ip);
            stayed++;
          }
        }
      }),
      { numRuns: runs(500) },
    );
    expect(stayed).toBeGreaterThan(runs(100));
  });

  test('of load balancers stay, whatever else changes, also over a restart with the state file', () => {
    let stayed = 0; // so that nobody makes the law empty
    const specs = [...BALANCED, ...BALANCED, SHARING, SHARING, WITH_STATUS, ...UNNAMED.slice(0, 2)];
    fc.assert(
      fc.property(histories(specs), (history) => {
        const timeline = new Timeline();
        for (const { edits: some, restart } of history) {
          const { world } = timeline;
          const before = timeline.balanced();
          timeline.go(some.reduce(edited, world), restart);
          if (!isKept(restart)) continue;
          const now = timeline.world.services;
          const isSame = (ref: string) => now.get(ref)?.spec === world.services.get(ref)?.spec;
          const others = (ref: string) =>
            [...now].filter(([other]) => other !== ref).map(([, { spec }]) => spec);
          const pool = new BalancedCluster(filesOf({ ...EMPTY, pools: timeline.world.pools }));
          for (const [ref, { service: was, points }] of before) {
            if (!was.loadBalancerPoints.some(({ pool }) => pool !== undefined) || !isSame(ref))
              continue;
            const is = timeline.cluster.service(ref);
            if (is.clusterIPs.map(familyOf).join() !== was.clusterIPs.map(familyOf).join())
              continue;
            if (!points.every((ip) => offers(pool, ip))) continue;
            if (points.some((ip) => others(ref).join().includes(ip))) continue;
            const sharers = [...before].filter(([, one]) =>
              one.points.some((ip) => points.includes(ip)),
            );
            if (!sharers.every(([other]) => isSame(other))) continue;
            expect(timeline.cluster.points(ref).split(' '), ref).toEqual(
              expect.arrayContaining([...points]),
            );
            stayed++;
          }
        }
      }),
      { numRuns: runs(500) },
    );
    expect(stayed).toBeGreaterThan(runs(100));
  });

  test('follow from the objects alone when nothing is remembered, whatever the files', () => {
    fc.assert(
      fc.property(
        fc.array(edits(ALL), { maxLength: 12 }),
        fc.array(fc.constantFrom(...FILES), { minLength: 8, maxLength: 8 }),
        (some, places) => {
          const one = new Timeline(SMALL);
          one.go(some.reduce(edited, EMPTY), 'without a state');
          const services = [...one.world.services].reverse().map(([ref, { spec }], at) => {
            return [ref, { spec, file: places[at] as string }] as const;
          });
          const other = new Timeline(SMALL);
          other.go({ ...one.world, services: new Map(services) }, 'with a broken state');
          for (const ref of one.world.services.keys()) {
            const { clusterIPs } = other.cluster.service(ref);
            expect(clusterIPs).toEqual(one.cluster.service(ref).clusterIPs);
            expect(other.cluster.points(ref)).toBe(one.cluster.points(ref));
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test('are where the name leads in a wide range, so that losing the state moves nothing', () => {
    const plain = `{ipFamilyPolicy: PreferDualStack, ${PORTS}}`;
    const homes = new Map(
      REFS.map((ref) => {
        const services = new Map([[ref, { spec: plain, file: '1.yaml' }]]);
        const alone = new BalancedCluster(filesOf({ ...EMPTY, services }));
        return [ref, alone.service(ref).clusterIPs];
      }),
    );
    expect(new Set([...homes.values()].flat()).size).toBe(2 * REFS.length);
    fc.assert(
      fc.property(histories([...UNNAMED, ...BALANCED]), (history) => {
        const timeline = new Timeline();
        for (const { edits: some, restart } of history) {
          timeline.go(some.reduce(edited, timeline.world), restart);
          for (const [key, ip] of timeline.given()) {
            const [ref = ''] = key.split(' ');
            expect(homes.get(ref), key).toContain(ip);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

/** Would a Service that asks for this address get it? */
function offers(pools: BalancedCluster, ip: string): boolean {
  const family = familyOf(ip);
  const spec = `{type: LoadBalancer, ipFamilies: [${family}], loadBalancerIP: "${ip}", ${PORTS}}`;
  pools.put('probe.yaml', service('probe/web', spec));
  return pools.points('probe/web') === ip;
}
