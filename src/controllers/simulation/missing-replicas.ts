import type { Pod, Workload } from '../../kube/objects.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { getOrAdd } from '../../support/collections.ts';
import { canBeEndpoint, LabelIndex } from '../endpoints/label-index.ts';
import { orderedPod, withoutOwned } from './workload-pods.ts';

/** The Pods that a workload should have and that are not in the manifests. */
export interface MissingReplicas {
  readonly workload: Workload;
  /** They are numbered from `first` on, `count` numbers, without those in `written`. */
  readonly first: number;
  readonly count: number;
  /** Ordinals of a StatefulSet whose Pods are there. */
  readonly written: ReadonlySet<number>;
}

/**
 * What the workloads of a namespace lack.
 *
 * A Pod counts as one of a workload's when it has an address, is neither leaving nor at its end,
 * and for a StatefulSet has the name of one of its ordinals, for the others all labels of the
 * template. Each Pod counts once: first for the workload with the most labels. When a Deployment
 * has some of its Pods, it is those with the highest numbers that are not missing, so that the
 * others stay as they are.
 *
 * In order of kind and name, independent of the order of the files.
 */
export function missingReplicas(objects: NamespaceObjects): MissingReplicas[] {
  const workloads = withoutOwned(objects.workloads);
  if (workloads.length === 0) return [];
  const pods = [...objects.pods.values()].filter((pod) => canBeEndpoint(pod) && !pod.terminating);
  const { claimed, ordinals } = ordinalsOf(pods, objects.of('StatefulSet'));
  const sets = workloads.filter(({ kind }) => kind === 'StatefulSet');
  const others = workloads.filter(({ kind }) => kind !== 'StatefulSet').sort(mostLabelsFirst);
  const ordered = sets.map((workload) => {
    const { firstOrdinal: first, replicas: count } = workload;
    return { workload, first, count, written: ordinals.get(workload.name) ?? NONE };
  });
  const index = new LabelIndex(pods, ({ labels }) => labels);
  const unordered = others.map((workload) => {
    const own = claim(index.select(workload.template.labels), workload.replicas, claimed);
    return { workload, first: 0, count: workload.replicas - own, written: NONE };
  });
  return [...ordered, ...unordered].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Is this number one of them? */
export function isMissing({ first, count, written }: MissingReplicas, number: number): boolean {
  return number >= first && number < first + count && !written.has(number);
}

/** Their numbers; only as many are made as are taken. */
export function* missingNumbers({ first, count, written }: MissingReplicas): Iterable<number> {
  for (let number = first; number < first + count; number++) {
    if (!written.has(number)) yield number;
  }
}

/** How many they are. */
export function missingCount({ count, written }: MissingReplicas): number {
  return count - written.size;
}

const NONE: ReadonlySet<number> = new Set();

/** The pods that StatefulSets have, and the ordinals of those, by StatefulSet. */
function ordinalsOf(
  pods: readonly Pod[],
  sets: ReadonlyMap<string, Workload>,
): { claimed: Set<Pod>; ordinals: ReadonlyMap<string, ReadonlySet<number>> } {
  const claimed = new Set<Pod>();
  const ordinals = new Map<string, Set<number>>();
  for (const pod of pods) {
    const { set = '', ordinal = 0 } = orderedPod(pod.name) ?? {};
    const workload = sets.get(set);
    if (workload === undefined) continue;
    const at = ordinal - workload.firstOrdinal;
    if (at < 0 || at >= workload.replicas) continue;
    claimed.add(pod);
    getOrAdd(ordinals, set, () => new Set()).add(ordinal);
  }
  return { claimed, ordinals };
}

/** Claims up to `most` pods that no workload has; returns how many. */
function claim(pods: readonly Pod[], most: number, claimed: Set<Pod>): number {
  let count = 0;
  for (const pod of pods) {
    if (count === most) break;
    if (claimed.has(pod)) continue;
    claimed.add(pod);
    count++;
  }
  return count;
}

function mostLabelsFirst(a: Workload, b: Workload): number {
  const difference = b.template.labels.size - a.template.labels.size;
  if (difference !== 0) return difference;
  return keyOf({ workload: a }) < keyOf({ workload: b }) ? -1 : 1;
}

function keyOf({ workload }: { readonly workload: Workload }): string {
  return `${workload.kind}/${workload.name}`;
}
