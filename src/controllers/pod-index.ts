import type { Labels, Pod } from '../kube/objects.ts';

/** The pods of a namespace that can be endpoints, found by label, in order of name. */
export class PodIndex {
  readonly #byLabel = new Map<string, Pod[]>();

  constructor(pods: Iterable<Pod>) {
    const candidates = [...pods].filter(isCandidate).sort(byName);
    for (const pod of candidates) {
      for (const [key, value] of pod.labels) {
        const label = `${key}=${value}`;
        const known = this.#byLabel.get(label);
        if (known) known.push(pod);
        else this.#byLabel.set(label, [pod]);
      }
    }
  }

  /** The pods that have every label of a selector; an empty one selects none. */
  select(selector: Labels): readonly Pod[] {
    let fewest: readonly Pod[] | undefined;
    for (const [key, value] of selector) {
      const pods = this.#byLabel.get(`${key}=${value}`) ?? [];
      if (fewest === undefined || pods.length < fewest.length) fewest = pods;
    }
    if (fewest === undefined) return [];
    if (selector.size === 1) return fewest;
    return fewest.filter((pod) => hasAll(pod.labels, selector));
  }
}

/** The endpoint slice controller's ShouldPodBeInEndpoints: terminating pods are in, but not ready. */
function isCandidate(pod: Pod): boolean {
  return pod.podIPs.length > 0 && pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

function hasAll(labels: Labels, selector: Labels): boolean {
  for (const [key, value] of selector) if (labels.get(key) !== value) return false;
  return true;
}

function byName(a: Pod, b: Pod): number {
  return a.name < b.name ? -1 : 1;
}
