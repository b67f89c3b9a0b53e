import type { Labels, Pod } from '../../kube/objects.ts';
import { byName, pushTo } from '../../support/collections.ts';

/** Objects found by label. What a selector finds comes in the order in which they were given. */
export class LabelIndex<T> {
  readonly #labelsOf: (item: T) => Labels;
  readonly #byLabel = new Map<string, T[]>();

  constructor(items: Iterable<T>, labelsOf: (item: T) => Labels) {
    this.#labelsOf = labelsOf;
    for (const item of items) {
      for (const [key, value] of labelsOf(item)) {
        pushTo(this.#byLabel, `${key}=${value}`, item);
      }
    }
  }

  /** Those that have every label of a selector; an empty one selects none. */
  select(selector: Labels): readonly T[] {
    let fewest: readonly T[] | undefined;
    for (const [key, value] of selector) {
      const items = this.#byLabel.get(`${key}=${value}`) ?? [];
      if (fewest === undefined || items.length < fewest.length) fewest = items;
    }
    if (fewest === undefined) return [];
    if (selector.size === 1) return fewest;
    return fewest.filter((item) => hasLabels(this.#labelsOf(item), selector));
  }
}

/** Has an object with `labels` every label of a selector? */
export function hasLabels(labels: Labels, selector: Labels): boolean {
  for (const [key, value] of selector) if (labels.get(key) !== value) return false;
  return true;
}

/** The pods that can be endpoints, by label, in order of name. */
export function podIndex(pods: Iterable<Pod>): LabelIndex<Pod> {
  return new LabelIndex([...pods].filter(canBeEndpoint).sort(byName), ({ labels }) => labels);
}

/**
 * The endpoint slice controller's ShouldPodBeInEndpoints: terminating pods are in, but not ready.
 */
export function canBeEndpoint(pod: Pod): boolean {
  return pod.podIPs.length > 0 && !hasEnded(pod);
}

/** It will not run again, independent of its conditions. */
export function hasEnded({ phase }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
