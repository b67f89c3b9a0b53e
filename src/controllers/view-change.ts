import type { EndpointSlice, NamespaceView, Pod, Service } from '../kube/objects.ts';
import { findNamed } from '../support/collections.ts';

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

/** A Service of a namespace; undefined when there is none. */
export function seenIn(view: NamespaceView | undefined, name: string): SeenService | undefined {
  const service = view && findNamed(view.services, name);
  return service && { service, slices: view.slices.get(name) ?? [] };
}

/** All Services of a namespace. */
export function allServices({ services, slices }: NamespaceView): SeenService[] {
  return services.map((service) => ({ service, slices: slices.get(service.name) ?? [] }));
}
