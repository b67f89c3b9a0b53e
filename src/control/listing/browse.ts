import { isHeadless } from '../../kube/headless.ts';
import type { EndpointSlice, NamespaceView, Pod, Service } from '../../kube/objects.ts';
import { placeText } from '../../kube/origin.ts';
import { objectText } from '../../kube/problem.ts';

/** What the page lists: Services by what their names lead to, and Pods. */
export const NAME_KINDS = [
  'ClusterIP',
  'Headless',
  'NodePort',
  'LoadBalancer',
  'ExternalName',
  'Pod',
] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** What the page asks of the objects. */
export type BrowseQuestion =
  | {
      readonly kind: 'names';
      /** Part of `NAME.NAMESPACE`, or the beginning of an address; '' for all. */
      readonly search: string;
      /** '' for all. */
      readonly namespace: string;
      /** '' for all. */
      readonly of: NameKind | '';
      /** Rows that are passed over, and how many are wanted at most. */
      readonly from: number;
      readonly count: number;
    }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  /** Which objects have these addresses; canonical text. */
  | { readonly kind: 'owners'; readonly addresses: readonly string[] };

/** `Pod shop/web-1` by address, for those of the addresses that some object has. Plain data. */
export type Owners = readonly (readonly [address: string, object: string])[];

/** A part of a list of names. Plain data. */
export interface NamesPage {
  /** Rows of the whole list. */
  readonly total: number;
  readonly rows: readonly NameRow[];
  /** All there are, whatever is searched for; some thousand at most. */
  readonly namespaces: readonly string[];
}

export interface NameRow {
  readonly kind: NameKind;
  readonly namespace: string;
  readonly name: string;
  /** Addresses or the external name, some of them. */
  readonly leadsTo: readonly string[];
  /** Ready endpoints, and all; of a Pod itself. */
  readonly ready: number;
  readonly endpoints: number;
}

/** A Service, and what is behind it. Plain data. */
export interface ServiceTree extends NameRow {
  readonly origin: string;
  readonly ports: readonly string[];
  readonly selector: string;
  readonly slices: readonly SliceTree[];
}

interface SliceTree {
  readonly name: string;
  readonly addressType: string;
  readonly origin: string;
  readonly ports: readonly string[];
  readonly endpoints: readonly EndpointTree[];
  /** Endpoints that are not among them. */
  readonly more: number;
}

interface EndpointTree {
  readonly addresses: readonly string[];
  readonly hostname: string;
  readonly ready: boolean;
  /** '' when it is of no Pod that is known. */
  readonly pod: string;
  /** In words of kubectl: `Running`, `Terminating`… */
  readonly status: string;
  readonly origin: string;
}

/** Rows of a page, endpoints of a slice, slices of a Service, namespaces, addresses of a row. */
const MAX_ROWS = 200;
const MAX_ENDPOINTS = 100;
const MAX_SLICES = 50;
const MAX_NAMESPACES = 2000;
const MAX_ADDRESSES = 4;

/** The namespaces as controllers see them. */
type Views = ReadonlyMap<string, NamespaceView>;

/** What the objects say; undefined for a Service that does not exist. */
export function browse(
  question: BrowseQuestion,
  views: Views,
): NamesPage | ServiceTree | Owners | undefined {
  if (question.kind === 'names') return namesPage(question, views);
  if (question.kind === 'owners') return ownersOf(new Set(question.addresses), views);
  const view = views.get(question.namespace);
  const service = view?.services.find(({ name }) => name === question.name);
  return view && service && serviceTree(service, view.slices.get(service.name) ?? []);
}

type NamesQuestion = Extract<BrowseQuestion, { kind: 'names' }>;

/** Only the rows that are shown are made: the others are counted. */
function namesPage(question: NamesQuestion, views: Views): NamesPage {
  const { search, namespace, of, from } = question;
  const count = Math.min(question.count, MAX_ROWS);
  const namespaces = [...views.keys()].sort();
  const rows: NameRow[] = [];
  let total = 0;
  const meet = (name: string, owner: string, addresses: readonly string[], row: () => NameRow) => {
    const isFound =
      search === '' ||
      `${name}.${owner}`.includes(search) ||
      addresses.some((address) => address.startsWith(search));
    if (!isFound) return;
    if (total >= from && rows.length < count) rows.push(row());
    total++;
  };
  for (const owner of namespace === '' ? namespaces : [namespace]) {
    const view = views.get(owner);
    for (const service of view?.services ?? []) {
      if (of !== '' && of !== kindOf(service)) continue;
      const slices = () => view?.slices.get(service.name) ?? [];
      meet(service.name, owner, service.clusterIPs, () => serviceRow(service, slices()));
    }
    if (of !== '' && of !== 'Pod') continue;
    for (const pod of view?.pods ?? []) meet(pod.name, owner, pod.podIPs, () => podRow(pod));
  }
  return { total, rows, namespaces: namespaces.slice(0, MAX_NAMESPACES) };
}

/** Pods of the host's network are none: their address is the node's, and others have it too. */
function ownersOf(wanted: ReadonlySet<string>, views: Views): Owners {
  return [...views.values()].flatMap(({ services, pods }) => [
    ...services.flatMap((service) => owned(service.clusterIPs, wanted, service)),
    ...pods.flatMap((pod) => (pod.hostNetwork ? [] : owned(pod.podIPs, wanted, pod))),
  ]);
}

function owned(all: readonly string[], wanted: ReadonlySet<string>, object: Service | Pod): Owners {
  const found = all.filter((address) => wanted.has(address));
  return found.map((address) => [address, objectText(object)]);
}

function kindOf(service: Service): NameKind {
  return isHeadless(service) ? 'Headless' : service.type;
}

function serviceRow(service: Service, slices: readonly EndpointSlice[]): NameRow {
  const all = slices.flatMap(({ endpoints }) => endpoints);
  const ready = all.filter((endpoint) => endpoint.ready);
  const kind = kindOf(service);
  const headless = () => ready.slice(0, MAX_ADDRESSES).flatMap(({ addresses }) => addresses);
  const leadsTo = kind === 'Headless' ? headless() : service.clusterIPs;
  return {
    kind,
    namespace: service.namespace,
    name: service.name,
    leadsTo: kind === 'ExternalName' ? [service.externalName] : leadsTo.slice(0, MAX_ADDRESSES),
    ready: ready.length,
    endpoints: all.length,
  };
}

function podRow({ namespace, name, podIPs, ready }: Pod): NameRow {
  const leadsTo = podIPs.slice(0, MAX_ADDRESSES);
  return { kind: 'Pod', namespace, name, leadsTo, ready: ready ? 1 : 0, endpoints: 1 };
}

function serviceTree(service: Service, slices: readonly EndpointSlice[]): ServiceTree {
  const { selector, ports, origin } = service;
  return {
    ...serviceRow(service, slices),
    origin: placeText(origin),
    ports: ports.map(({ name, port, protocol }) => portText(name, port, protocol)),
    selector: [...(selector ?? [])].map(([label, value]) => `${label}=${value}`).join(),
    slices: slices.slice(0, MAX_SLICES).map(sliceTree),
  };
}

function sliceTree({ name, addressType, origin, ports, endpoints }: EndpointSlice): SliceTree {
  return {
    name,
    addressType,
    origin: placeText(origin),
    ports: ports.map((port) => portText(port.name, port.port, port.protocol)),
    endpoints: endpoints.slice(0, MAX_ENDPOINTS).map((endpoint) => ({
      addresses: endpoint.addresses,
      hostname: endpoint.hostname,
      ready: endpoint.ready,
      pod: endpoint.pod?.name ?? endpoint.targetName,
      status: endpoint.pod === undefined ? '' : statusOf(endpoint.pod),
      origin: endpoint.pod === undefined ? '' : placeText(endpoint.pod.origin),
    })),
    more: Math.max(endpoints.length - MAX_ENDPOINTS, 0),
  };
}

function statusOf({ terminating, phase }: Pod): string {
  return terminating ? 'Terminating' : phase || 'Pending';
}

function portText(name: string, port: number | undefined, protocol: string): string {
  const number = port === undefined ? `*/${protocol}` : `${port}/${protocol}`;
  return name === '' ? number : `${name} ${number}`;
}
