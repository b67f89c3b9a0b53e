import { ipFamily } from '../../dns/address.ts';
import { isHeadless } from '../../kube/headless.ts';
import type {
  EndpointSlice,
  IpFamily,
  KubeObject,
  NamespaceView,
  Pod,
  Service,
  ServicePort,
  Workload,
} from '../../kube/objects.ts';
import { isOfCluster, placeText } from '../../kube/origin.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import { NO_LABELS } from '../../kube/selector.ts';
import { ENDPOINTS_DNS_ANNOTATION } from '../../kube/well-known.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { CLUSTER_BASICS } from '../cluster-basics.ts';
import { MAX_POD_ENDPOINTS } from './endpoints.ts';
import { hasEnded } from './label-index.ts';
import { familiesOf } from './pod-slices.ts';
import { SelectorSearch } from './selector-search.ts';

export const SERVICE_WITHOUT_ENDPOINTS = 'SERVICE_WITHOUT_ENDPOINTS';

/**
 * The Services of a namespace without endpoints, and why: hints, as a Service with a cluster IP has
 * its name all the same.
 */
export function missingEndpoints(
  view: NamespaceView,
  objects: NamespaceObjects | undefined,
  isSimulating: boolean,
): Problem[] {
  if (objects === undefined) return [];
  const search = new SelectorSearch(objects, view.pods);
  return view.services
    .filter((service) => !isOfCluster(service))
    .flatMap((service) =>
      reasonsOf(service, view, objects, search, isSimulating).map((reason) =>
        objectProblem('hint', SERVICE_WITHOUT_ENDPOINTS, service, `no endpoints${reason}`),
      ),
    );
}

/** Why a Service has no ready endpoint; undefined when it has some, or none are expected. */
export function whyNoEndpoints(
  service: Service,
  view: NamespaceView,
  objects: NamespaceObjects | undefined,
  isSimulating: boolean,
): string | undefined {
  if (objects === undefined) return undefined;
  const search = new SelectorSearch(objects, view.pods);
  const [first] = reasonsOf(service, view, objects, search, isSimulating);
  return first?.replace(/^: /, '');
}

/** Each continues the words `no endpoints`. */
function reasonsOf(
  service: Service,
  view: NamespaceView,
  objects: NamespaceObjects,
  search: SelectorSearch,
  isSimulating: boolean,
): string[] {
  // What no manifest has is not expected to have endpoints.
  if (service.origin === CLUSTER_BASICS) return [];
  // Host names of an annotation are resolved elsewhere.
  if (service.type === 'ExternalName' || service.annotations.has(ENDPOINTS_DNS_ANNOTATION))
    return [];
  const slices = view.slices.get(service.name) ?? [];
  if (slices.some(hasReady)) return missingPorts(service, slices, search);
  const written = writtenReason(service, slices, objects);
  if (written !== undefined) return [`: ${written}`];
  const selector = service.selector ?? NO_LABELS;
  if (selector.size === 0) return unselected(service);
  const pods = search.pods(selector);
  if (pods.length > 0) return [`: ${podsReason(service, pods)}`];
  const workloads = search.workloads(selector);
  if (workloads.length > 0) return [`: ${workloadsReason(service, workloads, isSimulating)}`];
  return [`: ${nothingReason(service, search)}`];
}

function hasReady({ endpoints }: EndpointSlice): boolean {
  return endpoints.some(({ ready, addresses }) => ready && addresses.length > 0);
}

/** Slices and Endpoints come before Pods, even when they hold nothing. */
function writtenReason(
  service: Service,
  slices: readonly EndpointSlice[],
  objects: NamespaceObjects,
): string | undefined {
  const endpoints = objects.endpoints.get(service.name);
  const [slice] = slices;
  if (
    slice !== undefined &&
    slice.origin !== service.origin &&
    slice.origin !== endpoints?.origin
  ) {
    const one = slices.length === 1;
    return one
      ? `its ${nameOf(slice)} has no endpoint that is ready`
      : `none of its ${slices.length} EndpointSlices has an endpoint that is ready`;
  }
  return endpoints?.isMirrored === true
    ? `its Endpoints (${placeText(endpoints.origin)}) have no ready address`
    : undefined;
}

/** A Service with a cluster IP may well be for others to fill; without one it has no name. */
function unselected(service: Service): string[] {
  if (!isHeadless(service)) return [];
  return [
    ': it is headless and has no selector, so it has no name until there is an EndpointSlice with the label kubernetes.io/service-name, or an Endpoints object of its name',
  ];
}

function podsReason(service: Service, pods: readonly Pod[]): string {
  const families = familiesOf(service, pods);
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const state = stateOf(pod, families);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const [pod] = pods as [Pod, ...Pod[]];
  const states = [...counts];
  if (pods.length === 1) return `its ${nameOf(pod)} ${oneOf(states[0]?.[0] ?? '')}`;
  if (states.length === 1) return `its ${pods.length} Pods ${states[0]?.[0]}`;
  const parts = states.map(([state, count]) => `${count} ${count === 1 ? oneOf(state) : state}`);
  return `of its ${pods.length} Pods ${parts.join(', ')}`;
}

/** In the plural. */
function stateOf(pod: Pod, families: readonly IpFamily[]): string {
  if (hasEnded(pod)) return 'have ended';
  if (pod.podIPs.length === 0) return 'have no address (status.podIP)';
  if (pod.terminating) return 'are being deleted';
  if (!pod.ready) return 'are not ready (status.conditions)';
  const own = pod.podIPs.map(ipFamily);
  if (own.some((family) => families.includes(family))) {
    return `are left out, as Services before this one have ${MAX_POD_ENDPOINTS} endpoints in this namespace`;
  }
  return `have no ${families.join(' or ')} address, only ${own.join(' and ')}`;
}

function oneOf(state: string): string {
  return state.replace(/^have/, 'has').replace(/^are/, 'is');
}

function workloadsReason(
  { selector }: Service,
  workloads: readonly Workload[],
  isSimulating: boolean,
): string {
  const [workload, ...others] = workloads as [Workload, ...Workload[]];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const matches = `its selector ${labelsText(selector)} matches ${workloadText(workload)}${more}`;
  if (workloads.every(({ replicas }) => replicas === 0)) return `${matches}: scale it up`;
  if (isSimulating) return `${matches}, of whose Pods none could be simulated`;
  return `${matches}, whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate`;
}

/** `Deployment my-nginx (2 replicas, nginx.yaml:1:1)` */
function workloadText(workload: Workload): string {
  const { kind, name, replicas } = workload;
  const count = replicas === 1 ? '1 replica' : `${replicas} replicas`;
  const size = kind === 'DaemonSet' ? '' : `${count}, `;
  return `${kind} ${name} (${size}${placeText(workload.origin)})`;
}

function nothingReason({ name, selector }: Service, search: SelectorSearch): string {
  const nothing = `its selector ${labelsText(selector)} matches no Pod and no workload of its namespace`;
  const similar = selector && search.similar(selector, name);
  if (similar === undefined) return nothing;
  const { item, difference } = similar;
  const whose = item.kind === 'Pod' ? 'which' : 'whose template';
  return `${nothing}: nearest is ${nameOf(item)}, ${whose} ${difference}`;
}

/** A name of a port that a Pod has not: it is an endpoint all the same, but not for that port. */
function missingPorts(
  service: Service,
  slices: readonly EndpointSlice[],
  search: SelectorSearch,
): string[] {
  if (slices[0]?.origin !== service.origin) return [];
  return service.ports.flatMap((port) => {
    if (typeof port.targetPort === 'number') return [];
    const lacking = slices.find((slice) => hasReady(slice) && !hasPort(slice, port));
    if (lacking === undefined) return [];
    const name = lacking.endpoints.find(({ ready }) => ready)?.targetName;
    const pod = search.pods(service.selector ?? NO_LABELS).find((each) => each.name === name);
    return pod === undefined ? [] : [portReason(port, port.targetPort, pod)];
  });
}

function hasPort({ ports }: EndpointSlice, { name, protocol }: ServicePort): boolean {
  return ports.some((port) => port.name === name && port.protocol === protocol);
}

function portReason({ name, port, protocol }: ServicePort, target: string, pod: Pod): string {
  const named = pod.containerPorts.filter((each) => each.name !== '' && each.protocol === protocol);
  const names = [...new Set(named.map((each) => each.name))].slice(0, MAX_LISTED);
  const list =
    names.length === 0 ? `which names no ${protocol} port` : `which has ${names.join(', ')}`;
  const which = name === '' ? `port ${port}` : `port "${name}"`;
  return ` for ${which}: targetPort "${target}" is no ${protocol} port of ${nameOf(pod)}, ${list}`;
}

/** Labels or ports listed in a message. */
const MAX_LISTED = 5;

function labelsText(labels: ReadonlyMap<string, string> | undefined): string {
  const texts = [...(labels ?? [])].map(([key, value]) => `${key}=${value}`);
  const more = texts.length > MAX_LISTED ? ',…' : '';
  return `${texts.slice(0, MAX_LISTED).join(',')}${more}`;
}

/** `Pod web-0 (web.yaml:3:1)` */
function nameOf(object: KubeObject): string {
  return `${object.kind} ${object.name} (${placeText(object.origin)})`;
}
