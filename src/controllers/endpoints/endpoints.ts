import type { EndpointSlice, Labels, Pod, Service } from '../../kube/objects.ts';
import { isOfCluster } from '../../kube/origin.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { sameItems } from '../../support/collections.ts';
import type { LabelIndex } from './label-index.ts';
import { podIndex } from './label-index.ts';
import { mirrorOf } from './mirrored-endpoints.ts';
import { slicesFromPods } from './pod-slices.ts';

/**
 * Endpoints made of the Pods of one namespace, over all Services: a thousand Services may select
 * the same ten thousand Pods. More than the 150,000 Pods of the largest clusters.
 */
export const MAX_POD_ENDPOINTS = 200_000;

/**
 * The slices of each Service of a namespace, by Service name: what the endpoint slice and mirroring
 * controllers of a cluster would have made.
 *
 * Slices that are written down are used as they are. Otherwise a legacy Endpoints object of the
 * Service's name is mirrored. Otherwise they are built from the pods the selector finds, the
 * simulated ones included.
 *
 * The same objects give the very same slices, so that the zone compiler can tell what changed.
 */
export function endpointSlices(
  objects: NamespaceObjects,
  services: readonly Service[],
  simulatedPods: readonly Pod[] = [],
): Map<string, readonly EndpointSlice[]> {
  const found = new Map<string, readonly EndpointSlice[]>();
  for (const name of objects.slicesOf.keys()) {
    const written = writtenSlices(objects, name, objects.services.get(name));
    if (written.length > 0) found.set(name, written);
  }
  let pods: LabelIndex<Pod> | undefined;
  let left = MAX_POD_ENDPOINTS;
  for (const service of services) {
    const slices = slicesOf(objects, service.name, service);
    if (slices === 'pods') {
      const written = [...objects.pods.values()].filter((pod) => !isOfCluster(pod));
      pods ??= podIndex([...written, ...simulatedPods]);
      const selected = pods.select(service.selector as Labels);
      const isTooMany = selected.length > left;
      if (!isTooMany) left -= selected.length;
      found.set(service.name, isTooMany ? [] : fromPods(service, selected));
    } else if (slices !== undefined) found.set(service.name, slices);
  }
  return found;
}

/**
 * The slices of one name, of which there may be no Service: undefined when there are none, and
 * `pods` when they are to be built from Pods.
 */
export function slicesOf(
  objects: NamespaceObjects,
  name: string,
  service: Service | undefined,
): readonly EndpointSlice[] | 'pods' | undefined {
  const written = writtenSlices(objects, name, service);
  if (written.length > 0) return written;
  if (service === undefined || service.type === 'ExternalName') return undefined;
  if (isOfCluster(service)) return undefined;
  const endpoints = objects.endpoints.get(name);
  if (endpoints?.isMirrored === true) return mirrorOf(endpoints).slices;
  return service.selector === undefined ? undefined : 'pods';
}

/** Of a Service that is laid over a cluster's, the slices in the cluster are those of another. */
function writtenSlices(
  objects: NamespaceObjects,
  name: string,
  service: Service | undefined,
): readonly EndpointSlice[] {
  const slices = objects.slicesOf.get(name) ?? NO_SLICES;
  const isLaidOver = service !== undefined && !isOfCluster(service) && slices.some(isOfCluster);
  return isLaidOver ? slices.filter((slice) => !isOfCluster(slice)) : slices;
}

const NO_SLICES: readonly EndpointSlice[] = [];

const podMemo = new WeakMap<Service, { pods: readonly Pod[]; slices: readonly EndpointSlice[] }>();

function fromPods(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const known = podMemo.get(service);
  if (known && sameItems(known.pods, pods)) return known.slices;
  const slices = slicesFromPods(service, pods);
  podMemo.set(service, { pods, slices });
  return slices;
}
