import { isHeadless } from '../../kube/headless.ts';
import type {
  DNSEndpoint,
  EndpointSlice,
  Gateway,
  Ingress,
  NamespaceView,
  Pod,
  Route,
  Service,
  Workload,
} from '../../kube/objects.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { byName, sameItems } from '../../support/collections.ts';
import type { ViewChange } from '../view-change.ts';
import { hasHostAnnotation } from './external-dns.ts';
import type { HostNameRules, HostResource } from './host-rules.ts';
import { runsIngressNginx } from './ingress-nginx.ts';

/** The objects of a namespace that host names are made of, each kind in order of name. */
export interface HostObjects {
  readonly ingresses: readonly Ingress[];
  /** Those that may have an address for clients outside, and those with annotations. */
  readonly services: readonly Service[];
  readonly gateways: readonly Gateway[];
  readonly routes: readonly Route[];
  readonly endpoints: readonly DNSEndpoint[];
  /** Those that run ingress-nginx. */
  readonly controllers: readonly Workload[];
  /** Of headless Services that have a host name, by Service. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** All where a Service's host name may lead to them; else those with annotations. */
  readonly pods: readonly Pod[];
}

/** The namespace in which an ingress controller is looked for. */
export const INGRESS_NAMESPACE = 'ingress-nginx';

/** Reads a namespace. `view` has its Services with the addresses they got. */
export function hostObjects(
  view: NamespaceView,
  objects: NamespaceObjects | undefined,
  { resources, ingressService }: HostNameRules,
): HostObjects {
  const isWanted = (resource: HostResource) => resources.includes(resource);
  const all = <T extends { readonly name: string }>(found: ReadonlyMap<string, T> | undefined) =>
    [...(found?.values() ?? [])].sort(byName);
  const services = view.services.filter((service) => isRelevant(service, ingressService));
  const named = services.filter(hasHostAnnotation);
  const slices = named
    .filter(isHeadless)
    .map(({ name }) => [name, view.slices.get(name) ?? []] as const);
  const needsPods = leadToPods(named);
  const routes = (['HTTPRoute', 'TLSRoute', 'GRPCRoute'] as const).filter(isWanted);
  return {
    ingresses: isWanted('Ingress') ? all(objects?.of('Ingress')) : [],
    services,
    gateways: all(objects?.of('Gateway')),
    routes: routes.flatMap((kind) => all<Route>(objects?.of(kind))),
    endpoints: isWanted('DNSEndpoint') ? all(objects?.of('DNSEndpoint')) : [],
    controllers: (objects?.workloads ?? []).filter(runsIngressNginx),
    slices: new Map(slices),
    pods: view.pods.filter(
      (pod) => needsPods || (pod.annotations !== undefined && isWanted('Pod')),
    ),
  };
}

/** Can the objects that host names are made of, which were `before`, be others after this? */
export function concernsHosts(
  change: ViewChange,
  before: HostObjects | undefined,
  { ingressService }: HostNameRules,
): boolean {
  if (change.isOther || change.hasOtherObjects) return true;
  if (change.pods.size > 0 && leadToPods(before?.services.filter(hasHostAnnotation) ?? [])) {
    return true;
  }
  for (const pod of change.pods.values()) {
    if ((pod.before?.annotations ?? pod.after?.annotations) !== undefined) return true;
  }
  const seen = [...change.services.values()].flatMap(({ before, after }) => [before, after]);
  return seen.some((one) => one !== undefined && isRelevant(one.service, ingressService));
}

/** Unchanged objects are the very same, so this says whether anything has changed. */
export function isSame(a: HostObjects, b: HostObjects): boolean {
  return sameItems(everything(a), everything(b));
}

export function everything(objects: HostObjects): readonly object[] {
  const { slices, ...rest } = objects;
  return [...Object.values<readonly object[]>(rest), ...slices.values()].flat();
}

/** Whether the host names of some Services may lead to their Pods, or to the nodes of these. */
function leadToPods(named: readonly Service[]): boolean {
  return named.some((service) => isHeadless(service) || service.externalTrafficPolicy === 'Local');
}

function isRelevant(service: Service, ingressService: string): boolean {
  const { type, externalIPs, annotations, namespace, name } = service;
  if (type === 'LoadBalancer' || externalIPs.length > 0 || annotations.size > 0) return true;
  return namespace === INGRESS_NAMESPACE || `${namespace}/${name}` === ingressService;
}
