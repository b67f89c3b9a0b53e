import type { EndpointSlice, NamespaceView, Pod, Service } from '../kube/objects.ts';
import { findNamed, sameItems } from '../support/collections.ts';

/** A Service as DNS sees it. */
export interface SeenService {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
}

/** A Service that came, went, or has other fields or endpoints than before. */
export interface ServiceChange {
  readonly before: SeenService | undefined;
  readonly after: SeenService | undefined;
}

/** A Pod that came, went or changed. */
export interface SeenPodChange {
  readonly before: Pod | undefined;
  readonly after: Pod | undefined;
}

/** A namespace as DNS sees it now, and what of it is not as it was. */
export interface ViewChange {
  readonly view: NamespaceView;
  /** The namespace is new, or has other labels, or is hidden now, or no longer. */
  readonly isOther: boolean;
  /** The Services that changed, in order of name. */
  readonly services: ReadonlyMap<string, ServiceChange>;
  /** The Pods that changed, by name. */
  readonly pods: ReadonlyMap<string, SeenPodChange>;
  /** So did objects that are in no view: those that hosts are made of. */
  readonly hasOtherObjects: boolean;
}

/** A namespace of which nothing was known. */
export function newView(view: NamespaceView): ViewChange {
  const services = allServices(view).map((after): [string, ServiceChange] => {
    return [after.service.name, { before: undefined, after }];
  });
  return {
    view,
    isOther: true,
    services: new Map(services),
    pods: new Map(view.pods.map((after) => [after.name, { before: undefined, after }])),
    hasOtherObjects: true,
  };
}

/** What has become of a namespace that was known. `hasOtherObjects` says of those in no view. */
export function changedView(
  before: NamespaceView,
  view: NamespaceView,
  hasOtherObjects: boolean,
): ViewChange {
  const services = new Map<string, ServiceChange>();
  const left = new Map(allServices(before).map((seen) => [seen.service.name, seen]));
  for (const seen of allServices(view)) {
    const { name } = seen.service;
    addChange(services, name, left.get(name), seen);
    left.delete(name);
  }
  for (const [name, seen] of left) addChange(services, name, seen, undefined);
  return {
    view,
    isOther: before.labels !== view.labels || before.isHidden !== view.isHidden,
    services: new Map([...services].sort(([a], [b]) => (a < b ? -1 : 1))),
    pods: podDifference(before, view),
    hasOtherObjects,
  };
}

function podDifference(
  { pods: before }: NamespaceView,
  { pods: after }: NamespaceView,
): Map<string, SeenPodChange> {
  const changes = new Map<string, SeenPodChange>();
  if (sameItems(before, after)) return changes;
  const left = new Map(before.map((pod) => [pod.name, pod]));
  for (const pod of after) {
    const known = left.get(pod.name);
    if (known !== pod) changes.set(pod.name, { before: known, after: pod });
    left.delete(pod.name);
  }
  for (const [name, pod] of left) changes.set(name, { before: pod, after: undefined });
  return changes;
}

/** Adds a Service unless it is as it was. */
export function addChange(
  changes: Map<string, ServiceChange>,
  name: string,
  before: SeenService | undefined,
  after: SeenService | undefined,
): void {
  const isSame =
    before?.service === after?.service && sameItems(before?.slices ?? [], after?.slices ?? []);
  if (!isSame) changes.set(name, { before, after });
}

/** A Service of a namespace; undefined when there is none. */
export function seenIn(view: NamespaceView | undefined, name: string): SeenService | undefined {
  const service = view && findNamed(view.services, name);
  return service && { service, slices: view.slices.get(name) ?? [] };
}

/** All Services of a namespace. */
export function allServices({ services, slices }: NamespaceView): SeenService[] {
  return services.map((service) => ({ service, slices: slices.get(service.name) ?? [] }));
}
