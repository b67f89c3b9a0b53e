import type { EndpointSlice, Pod, Service } from '../../kube/objects.ts';
import { isOfCluster } from '../../kube/origin.ts';
import { SKIP_MIRROR_LABEL } from '../../kube/well-known.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { byName, groupBy, sameItems } from '../../support/collections.ts';
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
): ReadonlyMap<string, readonly EndpointSlice[]> {
  const slices = writtenSlices(objects, services);
  let pods: LabelIndex<Pod> | undefined;
  let left = MAX_POD_ENDPOINTS;
  for (const service of services) {
    if (slices.has(service.name) || service.type === 'ExternalName') continue;
    if (isOfCluster(service)) continue;
    const endpoints = objects.endpoints.get(service.name);
    if (endpoints !== undefined && endpoints.labels.get(SKIP_MIRROR_LABEL) !== 'true') {
      slices.set(service.name, mirrorOf(endpoints).slices);
    } else if (service.selector !== undefined) {
      const written = [...objects.pods.values()].filter((pod) => !isOfCluster(pod));
      pods ??= podIndex([...written, ...simulatedPods]);
      const selected = pods.select(service.selector);
      const isTooMany = selected.length > left;
      if (!isTooMany) left -= selected.length;
      slices.set(service.name, isTooMany ? [] : fromPods(service, selected));
    }
  }
  return slices;
}

/** Of a Service that is laid over a cluster's, the slices in the cluster are those of another. */
function writtenSlices(
  objects: NamespaceObjects,
  services: readonly Service[],
): Map<string, readonly EndpointSlice[]> {
  const own = new Set(services.filter((service) => !isOfCluster(service)).map(({ name }) => name));
  const written = [...objects.slices.values()].filter((slice) => {
    const { serviceName } = slice;
    return serviceName !== '' && !(own.has(serviceName) && isOfCluster(slice));
  });
  return groupBy(written.sort(byName), ({ serviceName }) => serviceName);
}

const podMemo = new WeakMap<Service, { pods: readonly Pod[]; slices: readonly EndpointSlice[] }>();

function fromPods(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const known = podMemo.get(service);
  if (known && sameItems(known.pods, pods)) return known.slices;
  const slices = slicesFromPods(service, pods);
  podMemo.set(service, { pods, slices });
  return slices;
}
