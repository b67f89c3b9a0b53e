import { addressAndPort, ipFamily } from '../../dns/address.ts';
import { NO_CLUSTER_IP } from '../../kube/headless.ts';
import type {
  EndpointSlice,
  Ingress,
  Labels,
  LoadBalancerPoint,
  NamespaceView,
  Node,
  Pod,
  Service,
} from '../../kube/objects.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';
import { byName } from '../../support/collections.ts';

/** What `svcdns get` lists, in kubectl's words. */
export const RESOURCES = ['services', 'endpoints', 'pods', 'ingresses', 'nodes'] as const;

export type Resource = (typeof RESOURCES)[number];

/** A namespace as it is listed: what its controllers came to, and the objects themselves. */
export interface ListedNamespace {
  /** Of the whole cluster. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** Where an Ingress without a status is reached by that which ingress-nginx would write. */
  readonly pointsOf: (ingress: Ingress) => readonly LoadBalancerPoint[];
  readonly view: NamespaceView;
  /** Undefined when only other objects name the namespace. */
  readonly objects: NamespaceObjects | undefined;
  /** Those of the manifests and those that are simulated, also without an address. */
  readonly pods: readonly Pod[];
}

/** One object; its cells are made only when it is shown. */
interface ListedObject {
  readonly name: string;
  readonly uid?: string;
  cells(isWide: boolean): string[];
}

/** The table that `kubectl get` prints for a resource. */
export interface Table {
  readonly columns: readonly string[];
  /** Those that `-o wide` adds. */
  readonly wideColumns: readonly string[];
  /** Its objects are in no namespace. */
  readonly isClusterWide?: true;
  /** In order of name. */
  objects(namespace: ListedNamespace): ListedObject[];
}

/** What kubectl prints for an object without `creationTimestamp`: one from a file has no age. */
const UNKNOWN = '<unknown>';
const AGE = UNKNOWN;
const NONE = '<none>';

/** Columns and formats as in Kubernetes' `pkg/printers/internalversion/printers.go`. */
export const TABLES: Readonly<Record<Resource, Table>> = {
  services: {
    columns: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
    wideColumns: ['SELECTOR'],
    objects: ({ view }) => view.services.map((service) => row(service.name, serviceCells, service)),
  },
  endpoints: {
    columns: ['NAME', 'ENDPOINTS', 'AGE'],
    wideColumns: [],
    objects: ({ view }) => endpointsOf(view),
  },
  pods: {
    columns: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
    wideColumns: ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
    objects: ({ pods }) => [...pods].sort(byName).map(podRow),
  },
  ingresses: {
    columns: ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'],
    wideColumns: [],
    objects: ({ objects, pointsOf }) =>
      [...(objects?.of('Ingress').values() ?? [])].sort(byName).map((ingress) => {
        const points = ingress.loadBalancerPoints;
        const loadBalancerPoints = points.length > 0 ? points : pointsOf(ingress);
        return row(ingress.name, ingressCells, { ...ingress, loadBalancerPoints });
      }),
  },
  nodes: {
    columns: ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'],
    wideColumns: ['INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
    isClusterWide: true,
    objects: ({ nodes }) =>
      [...nodes.values()].sort(byName).map((node) => row(node.name, nodeCells, node)),
  },
};

function row<T>(
  name: string,
  cells: (object: T, isWide: boolean) => string[],
  object: T,
): ListedObject {
  return { name, cells: (isWide) => [name, ...cells(object, isWide)] };
}

/** A Pod never changes its addresses: one with others is another, though it has the same name. */
function podRow(pod: Pod): ListedObject {
  return { ...row(pod.name, podCells, pod), uid: pod.podIPs.join() };
}

function serviceCells(service: Service, isWide: boolean): string[] {
  const { type, clusterIPs, ports, selector } = service;
  const shown = ports.map(({ port, nodePort, protocol }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return [
    type,
    clusterIPs[0] ?? NONE,
    externalIp(service, isWide),
    shown.join() || NONE,
    AGE,
    ...(isWide ? [labelsText(selector)] : []),
  ];
}

function externalIp(service: Service, isWide: boolean): string {
  const { type, externalIPs, externalName, loadBalancerPoints } = service;
  if (type === 'ExternalName') return externalName;
  if (type !== 'LoadBalancer') return externalIPs.join() || NONE;
  const balancer = pointsText(loadBalancerPoints, isWide);
  return [...(balancer === '' ? [] : [balancer]), ...externalIPs].join() || '<pending>';
}

/** Characters of load balancer addresses in a table that is not wide. */
const POINTS_WIDTH = 16;

function pointsText(points: readonly LoadBalancerPoint[], isWide: boolean): string {
  const texts = points.map(({ ip, hostname }) => ip || hostname).filter((text) => text !== '');
  const text = [...new Set(texts)].sort().join();
  const isCut = !isWide && text.length > POINTS_WIDTH;
  return isCut ? `${text.slice(0, POINTS_WIDTH - 3)}...` : text;
}

function labelsText(labels: Labels = new Map()): string {
  return (
    [...labels]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join() || NONE
  );
}

/** A cluster has an Endpoints object for each Service with endpoints or a selector. */
function endpointsOf({ services, slices }: NamespaceView): ListedObject[] {
  const names = services
    .filter(({ type, selector }) => type !== 'ExternalName' && selector !== undefined)
    .map(({ name }) => name);
  const primary = new Map(services.map((service) => [service.name, primaryFamily(service)]));
  return [...new Set([...names, ...slices.keys()])].sort().map((name) => {
    const all = slices.get(name) ?? [];
    const family = primary.get(name) ?? all[0]?.addressType;
    const shown = all.filter(({ addressType }) => addressType === family);
    return row(name, endpointCells, shown);
  });
}

/** An Endpoints object has the addresses of one family. Undefined where the Service has no say. */
function primaryFamily({ clusterIPs: [first], ipFamilies }: Service): string | undefined {
  return first === undefined || first === NO_CLUSTER_IP ? ipFamilies[0] : ipFamily(first);
}

/** Endpoints and hosts shown; the rest are counted. */
const MAX_SHOWN = 3;

function endpointCells(slices: readonly EndpointSlice[]): string[] {
  const endpoints: string[] = [];
  let count = 0;
  for (const { endpoints: all, ports } of slices) {
    const numbers = ports.flatMap(({ port }) => port ?? []);
    const addresses = all.flatMap(({ ready, addresses }) => (ready ? addresses : []));
    count += addresses.length * Math.max(1, numbers.length);
    for (const port of numbers.length === 0 ? [undefined] : numbers) {
      for (const address of addresses.slice(0, MAX_SHOWN)) {
        endpoints.push(port === undefined ? address : addressAndPort({ address, port }));
      }
    }
  }
  return [listed(endpoints, count) || NONE, AGE];
}

function listed(texts: readonly string[], count: number): string {
  const shown = texts.slice(0, MAX_SHOWN).join();
  return count > MAX_SHOWN ? `${shown} + ${count - MAX_SHOWN} more...` : shown;
}

function podCells(pod: Pod, isWide: boolean): string[] {
  const { ready, containers = 1, podIPs, phase, terminating, nodeName = NONE } = pod;
  return [
    `${ready ? containers : 0}/${containers}`,
    terminating ? 'Terminating' : phase || 'Pending',
    '0',
    AGE,
    ...(isWide ? [podIPs[0] ?? NONE, nodeName, NONE, NONE] : []),
  ];
}

function ingressCells(ingress: Ingress, isWide: boolean): string[] {
  const { className, hosts, loadBalancerPoints, hasTls } = ingress;
  return [
    className || NONE,
    listed(hosts, hosts.length) || '*',
    pointsText(loadBalancerPoints, isWide),
    hasTls ? '80, 443' : '80',
    AGE,
  ];
}

function nodeCells(node: Node, isWide: boolean): string[] {
  const { ready, isUnschedulable, labels, internalIPs, externalIPs, info } = node;
  const status = ready === '' ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  const wide = [
    internalIPs[0] ?? NONE,
    externalIPs[0] ?? NONE,
    info.osImage || UNKNOWN,
    info.kernelVersion || UNKNOWN,
    info.containerRuntimeVersion || UNKNOWN,
  ];
  return [
    isUnschedulable ? `${status},SchedulingDisabled` : status,
    nodeRoles(labels).join() || NONE,
    AGE,
    info.kubeletVersion,
    ...(isWide ? wide : []),
  ];
}

const ROLE_LABEL = 'node-role.kubernetes.io/';
const OLD_ROLE_LABEL = 'kubernetes.io/role';

/** What `findNodeRoles` finds: in the names of labels, and in the value of an older one. */
function nodeRoles(labels: Labels): string[] {
  const roles = [...labels].flatMap(([key, value]) => {
    if (key.startsWith(ROLE_LABEL)) return key.slice(ROLE_LABEL.length) || [];
    return key === OLD_ROLE_LABEL ? value || [] : [];
  });
  return [...new Set(roles)].sort();
}
