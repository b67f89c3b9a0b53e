import type { EndpointSlice, NamespaceView, Pod, Service } from '../kube/objects.ts';
import { NO_LABELS } from '../kube/selector.ts';
import type { Registry } from '../registry/registry.ts';
import { byName } from '../support/collections.ts';
import { endpointSlices, slicesOf } from './endpoints/endpoints.ts';

/**
 * Gives a Service the addresses that controllers chose for it: always the same object while nothing
 * changed.
 */
export interface ServiceResolver {
  resolve(service: Service): Service;
}

/** A view that is brought up to date in its place. */
export interface LiveView extends NamespaceView {
  readonly services: Service[];
  readonly slices: Map<string, readonly EndpointSlice[]>;
  readonly pods: Pod[];
  /** Endpoints of some Services are, or were, made of the Pods that they select. */
  isMadeOfPods: boolean;
}

/**
 * One namespace as DNS sees it; undefined when it does not exist.
 *
 * Costs time in proportion to the namespace: `NamespaceViews` brings one up to date for less.
 * Objects that did not change are the very same as in the view before. `simulatedPods` are those
 * that `PodSimulator` has for the namespace.
 */
export function viewNamespace(
  registry: Registry,
  resolver: ServiceResolver,
  namespace: string,
  simulatedPods: readonly Pod[] = [],
): LiveView | undefined {
  const objects = registry.namespace(namespace);
  if (objects === undefined) return registry.exists(namespace) ? emptyView(namespace) : undefined;
  const services = [...objects.services.values()]
    .sort(byName)
    .map((service) => resolver.resolve(service));
  return {
    ...(isHidden(registry, namespace) ? { isHidden: true } : {}),
    name: namespace,
    labels: objects.object?.labels ?? NO_LABELS,
    services,
    slices: endpointSlices(objects, services, simulatedPods),
    isMadeOfPods: services.some((one) => slicesOf(objects, one.name, one) === 'pods'),
    pods: [...objects.pods.values(), ...simulatedPods].filter(isAddressable).sort(byName),
  };
}

/** A namespace in which there is nothing. */
export function emptyView(name: string): LiveView {
  return {
    name,
    labels: NO_LABELS,
    services: [],
    slices: new Map(),
    pods: [],
    isMadeOfPods: false,
  };
}

/** Is there no Namespace object, where there has to be one? */
export function isHidden(registry: Registry, namespace: string): boolean {
  return registry.namespace(namespace)?.exists === false && !registry.isNamed(namespace);
}

/**
 * CoreDNS lists pods without these phases. It passes over news of a pod that is being deleted, and
 * so keeps what it knew of it until the pod is gone (`errPodTerminating` of
 * `object/pod.go`).
 */
export function isAddressable(pod: Pod): boolean {
  return pod.podIPs.length > 0 && !FINISHED.has(pod.phase);
}

const FINISHED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Unknown']);
