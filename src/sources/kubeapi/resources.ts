import type { HostNameRules, HostResource } from '../../controllers/hosts/host-rules.ts';
import type { Kind } from '../../kube/objects.ts';

/** A collection of an API server that is followed. */
export interface Resource {
  readonly kind: Kind;
  readonly apiVersion: string;
  /** The collection: `/api/v1/services`. */
  readonly path: string;
  /** Selectors: the server sends nothing else. */
  readonly query: Readonly<Record<string, string>>;
  /** The kind is of a project that a cluster may lack: then there are none of it. */
  readonly isOptional: boolean;
}

/** What decides which resources are followed: of `ZoneOptions`, with selectors as text. */
export interface WantedObjects {
  readonly noEndpoints: boolean;
  readonly pods: 'disabled' | 'insecure' | 'verified';
  /** Of Services, EndpointSlices and Pods. */
  readonly labels: string;
  readonly namespaceLabels: string;
  /** Empty for all. */
  readonly namespaces: readonly string[];
  /** ServiceImports are asked for, and their slices. */
  readonly multicluster: boolean;
  readonly gateway: Pick<HostNameRules, 'resources'> | undefined;
}

/** With more namespaces than this all are followed: each costs some connections of its own. */
const MAX_NAMESPACES = 8;

/** CoreDNS's: Pods that have ended have no address any more. */
const RUNNING = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown';

/** What CoreDNS 1.14 asks for. */
const MULTICLUSTER_API = '/apis/multicluster.x-k8s.io/v1alpha1';

const GATEWAY_API = '/apis/gateway.networking.k8s.io';

/**
 * Where the kinds of `k8s_gateway` are. Services are followed anyway, and Pods are too many to be
 * followed for the few that have names of their own.
 */
const HOST_KINDS: Readonly<Partial<Record<HostResource, readonly [string, string]>>> = {
  Ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
  HTTPRoute: [`${GATEWAY_API}/v1`, 'httproutes'],
  TLSRoute: [`${GATEWAY_API}/v1alpha2`, 'tlsroutes'],
  GRPCRoute: [`${GATEWAY_API}/v1`, 'grpcroutes'],
  DNSEndpoint: ['/apis/externaldns.k8s.io/v1alpha1', 'dnsendpoints'],
};

/** The resources that the options ask for, and no others. */
export function wantedResources(wanted: WantedObjects): readonly Resource[] {
  const { noEndpoints, pods, labels, namespaceLabels, multicluster, gateway } = wanted;
  const namespaces = wanted.namespaces.length > MAX_NAMESPACES ? [] : wanted.namespaces;
  const labelled = selector('labelSelector', labels);
  const all: Resource[] = [];
  const add = (kind: Kind, base: string, name: string, query: Resource['query'] = {}) => {
    const isOptional = /\b(?:gateway|externaldns|multicluster)\./.test(base);
    const apiVersion = base.replace(/^\/apis?\//, '');
    const folders = namespaces.length === 0 ? [''] : namespaces.map((one) => `/namespaces/${one}`);
    for (const folder of folders) {
      all.push({ kind, apiVersion, path: `${base}${folder}/${name}`, query, isOptional });
    }
  };
  const ofNamespaces = namespaces.length === 0 ? [''] : namespaces;
  for (const name of ofNamespaces) {
    const query = {
      ...selector('labelSelector', namespaceLabels),
      ...selector('fieldSelector', name && `metadata.name=${name}`),
    };
    const core = { apiVersion: 'v1', path: '/api/v1/namespaces', isOptional: false };
    all.push({ kind: 'Namespace', query, ...core });
  }
  add('Service', '/api/v1', 'services', labelled);
  if (multicluster) add('ServiceImport', MULTICLUSTER_API, 'serviceimports');
  if (!noEndpoints || multicluster)
    add('EndpointSlice', '/apis/discovery.k8s.io/v1', 'endpointslices', labelled);
  if (pods === 'verified') add('Pod', '/api/v1', 'pods', { ...labelled, fieldSelector: RUNNING });
  const hosts = gateway?.resources ?? [];
  for (const kind of hosts) {
    const place = HOST_KINDS[kind];
    if (place !== undefined) add(kind, ...place);
  }
  if (hosts.some((kind) => kind.endsWith('Route'))) {
    add('Gateway', `${GATEWAY_API}/v1`, 'gateways');
  }
  return all;
}

function selector(name: string, text: string): Record<string, string> {
  return text === '' ? {} : { [name]: text };
}
