import { objectProblem, type Problem } from '../../kube/problem.ts';
import { type MissingReplicas, missingCount } from './missing-replicas.ts';

/** Simulated Pods of all namespaces together. One line of YAML asks for 100,000. */
export const MAX_SIMULATED_PODS = 10_000;

/** Why a workload has fewer simulated Pods, or Pods with fewer addresses, than it should. */
export type Shortage =
  | { readonly kind: 'limit' | 'full'; readonly lacking: number }
  | { readonly kind: 'name'; readonly fault: string };

/** What a shortage is to the person who can end it. `ranges` are those of `workloads simulate`. */
export function shortageProblem(
  missing: MissingReplicas,
  shortage: Shortage,
  ranges: string,
): Problem {
  const message = shortageText(missingCount(missing), shortage, ranges);
  return objectProblem('warning', 'SIMULATED_PODS_MISSING', missing.workload, message);
}

function shortageText(wanted: number, shortage: Shortage, ranges: string): string {
  if (shortage.kind === 'name') {
    return `no Pods are simulated: their names are their host names too, and a cluster would refuse those: ${shortage.fault}`;
  }
  const some = `${shortage.lacking} of ${wanted} simulated Pods`;
  return shortage.kind === 'limit'
    ? `${some} are left out: at most ${MAX_SIMULATED_PODS} are made in all`
    : `${some} lack an address: range is full: no address of ${ranges} is left: give workloads simulate a larger CIDR`;
}
