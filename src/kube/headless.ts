import type { Service } from './objects.ts';

/** What a Service has instead of a cluster IP when it is headless. */
export const NO_CLUSTER_IP = 'None';

/**
 * Whether the Service asks for no cluster IP: its name leads to its endpoints. One of type
 * ExternalName never does, as it has no `clusterIPs`.
 */
export function isHeadless({ clusterIPs }: Pick<Service, 'clusterIPs'>): boolean {
  return clusterIPs[0] === NO_CLUSTER_IP;
}
