import { hasEnded } from '../../controllers/endpoints/label-index.ts';
import { whyNoEndpoints } from '../../controllers/endpoints/missing-endpoints.ts';
import { SelectorSearch } from '../../controllers/endpoints/selector-search.ts';
import { addressText, plainAddressBytes } from '../../dns/address.ts';
import { isHeadless } from '../../kube/headless.ts';
import type { Endpoint, EndpointSlice, NamespaceView, Service } from '../../kube/objects.ts';
import { placeText } from '../../kube/origin.ts';
import { objectText } from '../../kube/problem.ts';
import { closest } from '../../kube/spelling.ts';
import { endpointLabel } from '../../zone/endpoint.ts';
import type { ExplainedObjects } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';

interface PlacedEndpoint {
  readonly slice: EndpointSlice;
  readonly endpoint: Endpoint;
}

/** Why a headless Service has no name: it has it from its ready endpoints. */
export function emptyHeadless(
  service: Service,
  view: NamespaceView,
  all: ExplainedObjects,
): WeighedReason {
  const text = `${service.namespace}/${service.name}`;
  if (all.options.noEndpoints) {
    return reason('SERVICE_LEFT_OUT', { service: text, option: 'the option noendpoints' });
  }
  const endpoints = endpointsOf(service, view);
  const waiting = endpoints.filter(({ endpoint }) => !endpoint.ready);
  if (waiting.length > 0 && waiting.length === endpoints.length) {
    const states = [...waiting.map(stateOf), ...withoutAddress(service, view, all)];
    return reason('ENDPOINTS_NOT_READY', { service: text, endpoints: states.length, states });
  }
  const why =
    whyNoEndpoints(
      service,
      view,
      all.objects(view.name),
      all.options.simulatedPods !== undefined,
    ) ?? 'no EndpointSlice has an address of it';
  return reason('NO_ENDPOINTS', { service: text, why });
}

/** The Pods that are to be endpoints, and are none before they have an address. */
function withoutAddress(
  { selector, name }: Service,
  view: NamespaceView,
  all: ExplainedObjects,
): string[] {
  const objects = all.objects(view.name);
  const isOfPods = view.slices.get(name)?.some(({ endpoints: [first] }) => first?.pod) ?? false;
  if (objects === undefined || selector === undefined || !isOfPods) return [];
  return new SelectorSearch(objects, view.pods)
    .pods(selector)
    .filter((pod) => pod.podIPs.length === 0 && !hasEnded(pod))
    .map((pod) => `Pod ${pod.name} has no address (${placeText(pod.origin)})`);
}

/** Why `endpoint.service.namespace` does not exist though the Service does. */
export function missingEndpoint(
  label: string,
  service: Service,
  view: NamespaceView,
  all: ExplainedObjects,
): WeighedReason {
  const text = `${service.namespace}/${service.name}`;
  const endpoints = endpointsOf(service, view);
  if (endpoints.every(({ endpoint }) => !endpoint.ready) && isHeadless(service)) {
    return emptyHeadless(service, view, all);
  }
  const byName = endpoints.flatMap((one) =>
    one.endpoint.addresses.map((address) => ({ ...one, label: labelOf(one, address, all) })),
  );
  const waiting = byName.find((one) => one.label === label && !one.endpoint.ready);
  if (waiting !== undefined) {
    return reason('ENDPOINT_NOT_READY', { service: text, state: stateOf(waiting) });
  }
  const known = [
    ...new Set(byName.filter(({ endpoint }) => endpoint.ready).map((one) => one.label)),
  ];
  const near = closest(label, known.slice(0, MAX_COMPARED));
  return reason('NO_ENDPOINT', { endpoint: label, service: text, known, near });
}

/** Endpoints whose names are compared for spelling. */
const MAX_COMPARED = 1000;

function labelOf({ endpoint }: PlacedEndpoint, address: string, { options }: ExplainedObjects) {
  const bytes = plainAddressBytes(address);
  const text = bytes === undefined ? address : addressText(bytes);
  return endpointLabel(endpoint, text, options.endpointPodNames);
}

function endpointsOf({ name }: Service, view: NamespaceView): PlacedEndpoint[] {
  const slices = view.slices.get(name) ?? [];
  return slices
    .filter(({ addressType }) => addressType !== 'FQDN')
    .flatMap((slice) => slice.endpoints.map((endpoint) => ({ slice, endpoint })));
}

/** `Pod db-0 is not ready (db.yaml:12:1)` */
function stateOf({ slice, endpoint }: PlacedEndpoint): string {
  const { pod, targetName, addresses } = endpoint;
  if (pod !== undefined) {
    const origin = (pod.madeOf ?? pod).origin;
    const why = pod.unready === undefined ? '' : `: ${pod.unready}`;
    const state = pod.terminating ? 'is being deleted' : `is not ready${why}`;
    return `Pod ${pod.name} ${state} (${placeText(origin)})`;
  }
  const name = targetName === '' ? addresses[0] : `Pod ${targetName}`;
  const made = slice.madeOf ?? slice;
  return `${name} is not ready in ${objectText(made)} (${placeText(made.origin)})`;
}
