/** What is supposed about a cluster. docs/scale.md gives the reasons. */
export const SUPPOSED = {
  podsOfNode: 30,
  /** Pods of one Service. */
  podsOfService: 15,
  /** Endpoints that the controller puts into one slice. */
  endpointsOfSlice: 100,
  /** Mean life of a Pod that nobody replaces, h. */
  podLifeHours: 12,
  /** Each Service gets other Pods this often a day: a quarter of them at a time. */
  rolloutsOfDay: 1,
  rolloutStepSeconds: 10,
  /** Each node is emptied once in so many days, within a minute. */
  nodeLifeDays: 30,
  drainSeconds: 60,
  /** Look-ups of a Pod a second: A and AAAA of one name, with its search list. */
  lookUpsOfPod: 1,
  /** Names that one Pod uses. */
  namesOfPod: 10,
  /** Shares of look-ups: `web`, `web.shop`, and names outside. */
  ownNamespace: 0.2,
  otherNamespace: 0.6,
  /** TTL of the cluster's names at a cache on the node, s (`ttl 30`, as kubeadm has it). */
  ttl: 30,
  /** Metadata of an object that DNS has no use for, such as managedFields; bytes. */
  unusedBytes: 700,
} as const;

/** So many objects. */
export interface ClusterSize {
  readonly nodes: number;
  readonly pods: number;
  readonly services: number;
  /** All Pods are endpoints. */
  readonly endpoints: number;
  readonly endpointsOfSlice: number;
}

export function clusterOf(nodes: number): ClusterSize {
  const pods = nodes * SUPPOSED.podsOfNode;
  const services = Math.max(1, Math.round(pods / SUPPOSED.podsOfService));
  const each = Math.round(pods / services);
  const endpointsOfSlice = Math.min(each, SUPPOSED.endpointsOfSlice);
  return { nodes, pods, services, endpoints: pods, endpointsOfSlice };
}

/** The same numbers at each run: from 0 to 1 (xorshift32). */
export function randomOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** How many of events come that are independent of each other, with this mean (Knuth). */
export function poisson(mean: number, random: () => number): number {
  // In parts: e to the minus mean of a large one is 0.
  if (mean > 30) return poisson(30, random) + poisson(mean - 30, random);
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}
