import { mirrorEndpoints } from '../kube/endpoints.ts';
import type { EndpointSlice, Endpoints, Pod, Service } from '../kube/objects.ts';
import { SKIP_MIRROR_LABEL } from '../kube/well-known-labels.ts';
import type { NamespaceObjects } from '../registry/namespace-objects.ts';
import { PodIndex } from './pod-index.ts';
import { slicesFromPods } from './pod-slices.ts';

/**
 * The slices of each Service of a namespace, by Service name: what the endpoint slice and mirroring
 * controllers of a cluster would have made.
 *
 * Slices that are written down are used as they are. Otherwise a legacy Endpoints object of the
 * Service's name is mirrored. Otherwise they are built from the pods the selector finds.
 *
 * The same objects give the very same slices, so that the zone compiler can tell what changed.
 */
export function endpointSlices(
  objects: NamespaceObjects,
  services: readonly Service[],
): ReadonlyMap<string, readonly EndpointSlice[]> {
  const slices = writtenSlices(objects);
  let pods: PodIndex | undefined;
  for (const service of services) {
    if (slices.has(service.name) || service.type === 'ExternalName') continue;
    const endpoints = objects.endpoints.get(service.name);
    if (endpoints !== undefined && endpoints.labels.get(SKIP_MIRROR_LABEL) !== 'true') {
      slices.set(service.name, mirrored(endpoints));
    } else if (service.selector !== undefined) {
      pods ??= new PodIndex(objects.pods.values());
      slices.set(service.name, fromPods(service, pods.select(service.selector)));
    }
  }
  return slices;
}

function writtenSlices(objects: NamespaceObjects): Map<string, readonly EndpointSlice[]> {
  const slices = new Map<string, EndpointSlice[]>();
  for (const slice of [...objects.slices.values()].sort(byName)) {
    if (slice.serviceName === '') continue;
    const known = slices.get(slice.serviceName);
    if (known) known.push(slice);
    else slices.set(slice.serviceName, [slice]);
  }
  return slices;
}

function byName(a: EndpointSlice, b: EndpointSlice): number {
  return a.name < b.name ? -1 : 1;
}

const mirrorMemo = new WeakMap<Endpoints, readonly EndpointSlice[]>();

function mirrored(endpoints: Endpoints): readonly EndpointSlice[] {
  let slices = mirrorMemo.get(endpoints);
  if (slices === undefined) {
    slices = mirrorEndpoints(endpoints);
    mirrorMemo.set(endpoints, slices);
  }
  return slices;
}

const podMemo = new WeakMap<Service, { pods: readonly Pod[]; slices: readonly EndpointSlice[] }>();

function fromPods(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const known = podMemo.get(service);
  if (known && samePods(known.pods, pods)) return known.slices;
  const slices = slicesFromPods(service, pods);
  podMemo.set(service, { pods, slices });
  return slices;
}

function samePods(a: readonly Pod[], b: readonly Pod[]): boolean {
  return a.length === b.length && a.every((pod, index) => pod === b[index]);
}
