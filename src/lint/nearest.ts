import { isBasic } from '../controllers/cluster-basics.ts';
import { closest } from '../kube/spelling.ts';
import type { NamespaceObjects } from '../registry/namespace-objects.ts';
import type { ClusterName } from './aliases.ts';

/** Names that a missing one is compared with: a namespace with more is a dump. */
const MAX_COMPARED = 1000;

/** The Service of the namespace whose name was probably meant. */
export function nearestService(name: string, { services }: NamespaceObjects): string | undefined {
  return closest(name, [...services.keys()].slice(0, MAX_COMPARED));
}

/** Whether a Service is there in every cluster, also when no manifest has it. */
export function isInEveryCluster({ namespace, service }: ClusterName): boolean {
  return isBasic({ namespace, name: service });
}
