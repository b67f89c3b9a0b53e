import { type ClusterSize, randomOf, SUPPOSED } from './cluster.ts';

/** Queries that Pods ask. */
export interface Queries {
  /** All together, a second. */
  readonly asked: number;
  /** What is left of them behind a cache on each node, as a share. */
  readonly uncached: number;
}

const MINUTES = 10;
const TYPES = ['A', 'AAAA'] as const;
/** `NS.svc.Z`, `svc.Z`, `Z`: what a Pod's search list adds (`ndots:5`). */
const SEARCHED = ['own', 'svc', 'zone'] as const;

/** Some minutes of one node: the queries of its Pods, and which of them its cache has. */
export function queriesOf(size: ClusterSize): Queries {
  const random = randomOf(size.nodes + 1);
  const pods = Math.min(SUPPOSED.podsOfNode, size.pods);
  const names = Array.from({ length: pods }, (_, pod) => namesOfPod(pod, size, random));
  const seconds = MINUTES * 60;
  const until = new Map<string, number>();
  let asked = 0;
  let missed = 0;
  const ask = (query: string, second: number) => {
    asked++;
    if ((until.get(query) ?? -1) > second) return;
    missed++;
    until.set(query, second + SUPPOSED.ttl);
  };
  for (let second = 0; second < seconds; second++) {
    for (const own of names) {
      for (let count = 0; count < SUPPOSED.lookUpsOfPod; count++) {
        const name = own[Math.floor(random() * own.length)]!;
        for (const suffix of name.tried)
          for (const type of TYPES) ask(`${name.name} ${suffix} ${type}`, second);
      }
    }
  }
  return { asked: (asked / seconds / pods) * size.pods, uncached: missed / asked };
}

interface UsedName {
  readonly name: string;
  /** Where it is looked for, one after the other, until it is found. */
  readonly tried: readonly string[];
}

/** Few names are used by many: the n-th has a share of 1/n (Zipf). */
function namesOfPod(pod: number, { services }: ClusterSize, random: () => number): UsedName[] {
  const popular = (most: number) => Math.floor(most ** random());
  return Array.from({ length: SUPPOSED.namesOfPod }, () => {
    const kind = random();
    if (kind < SUPPOSED.ownNamespace) {
      return { name: `own-${pod % 10}-${popular(20)}`, tried: SEARCHED.slice(0, 1) };
    }
    if (kind < SUPPOSED.ownNamespace + SUPPOSED.otherNamespace) {
      return { name: `service-${popular(services)}`, tried: SEARCHED.slice(0, 2) };
    }
    return { name: `outside-${popular(1000)}`, tried: [...SEARCHED, ''] };
  });
}
