import type { Pod } from '../../kube/objects.ts';
import { LabelIndex } from './label-index.ts';

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

/** It will not run again, whatever its conditions say. */
export function hasEnded({ phase }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function byName(a: Pod, b: Pod): number {
  return a.name < b.name ? -1 : 1;
}
