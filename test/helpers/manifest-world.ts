import { loadAll } from 'js-yaml';
import type {
  EndpointSlice,
  Labels,
  NamespaceView,
  Pod,
  Protocol,
  Service,
  ServiceType,
} from '../../src/kube/objects.ts';
import type { World } from '../model/model.ts';

/**
 * Manifest text → the model's world, for the tables' own tests: Services with written addresses,
 * EndpointSlices, Pods and Namespaces; no controllers, no validation.
 */
export function manifestWorld(yaml: string, serverAddresses: readonly string[]): World {
  const views = new Map<string, Draft>();
  for (const raw of loadAll(yaml) as Raw[]) {
    const { name, namespace = 'default' } = raw.metadata;
    const view = draft(views, raw.kind === 'Namespace' ? name : namespace);
    if (raw.kind === 'Namespace') view.labels = labels(raw);
    if (raw.kind === 'Service') view.services.push(service(raw, namespace));
    if (raw.kind === 'Pod') view.pods.push(pod(raw, namespace));
    if (raw.kind === 'EndpointSlice') {
      const entry = slice(raw, namespace);
      view.slices.set(entry.serviceName, [...(view.slices.get(entry.serviceName) ?? []), entry]);
    }
  }
  return { namespaces: [...views.values()], serverAddresses };
}

interface Draft extends NamespaceView {
  labels: Labels;
  readonly services: Service[];
  readonly slices: Map<string, EndpointSlice[]>;
  readonly pods: Pod[];
}

interface Raw {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: {
    readonly type?: ServiceType;
    readonly clusterIP?: string;
    readonly clusterIPs?: string[];
    readonly externalName?: string;
    readonly ports?: RawPort[];
  };
  readonly addressType?: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints?: {
    readonly addresses: string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name?: string };
  }[];
  readonly ports?: RawPort[];
  readonly status?: { readonly podIP?: string; readonly podIPs?: { readonly ip: string }[] };
}

interface RawPort {
  readonly name?: string;
  readonly protocol?: Protocol;
  readonly port?: number;
  readonly targetPort?: number | string;
}

function draft(views: Map<string, Draft>, name: string): Draft {
  const known = views.get(name);
  if (known !== undefined) return known;
  const fresh = { name, labels: new Map(), services: [], slices: new Map(), pods: [] };
  views.set(name, fresh);
  return fresh;
}

function metadata(raw: Raw, namespace: string) {
  const origin = { file: 'table.yaml', document: 0, line: 1, column: 1 };
  return { namespace, name: raw.metadata.name, labels: labels(raw), origin };
}

function labels(raw: Raw): Labels {
  return new Map(Object.entries(raw.metadata.labels ?? {}));
}

function service(raw: Raw, namespace: string): Service {
  const {
    type = 'ClusterIP',
    clusterIP,
    clusterIPs,
    externalName = '',
    ports = [],
  } = raw.spec ?? {};
  return {
    ...metadata(raw, namespace),
    kind: 'Service',
    type,
    clusterIPs: clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]),
    ipFamilies: [],
    ipFamilyPolicy: 'SingleStack',
    ports: ports.map((entry) => ({
      ...port(entry),
      port: entry.port ?? 0,
      targetPort: entry.targetPort ?? entry.port ?? 0,
      nodePort: 0,
    })),
    selector: undefined,
    externalName,
    publishNotReadyAddresses: false,
    externalIPs: [],
    loadBalancerIP: '',
    loadBalancerClass: '',
    loadBalancerPoints: [],
    annotations: new Map(Object.entries(raw.metadata.annotations ?? {})),
  };
}

function port({ name = '', protocol = 'TCP', port }: RawPort) {
  return { name, protocol, port };
}

function slice(raw: Raw, namespace: string): EndpointSlice {
  return {
    ...metadata(raw, namespace),
    kind: 'EndpointSlice',
    serviceName: raw.metadata.labels?.['kubernetes.io/service-name'] ?? '',
    addressType: raw.addressType ?? 'IPv4',
    ports: (raw.ports ?? []).map(port),
    endpoints: (raw.endpoints ?? []).map(({ addresses, hostname, conditions, targetRef }) => ({
      addresses,
      ready: conditions?.ready ?? true,
      hostname: hostname ?? '',
      targetName: targetRef?.name ?? '',
    })),
  };
}

function pod(raw: Raw, namespace: string): Pod {
  const { podIP, podIPs } = raw.status ?? {};
  return {
    ...metadata(raw, namespace),
    kind: 'Pod',
    hostname: '',
    subdomain: '',
    podIPs: podIPs?.map(({ ip }) => ip) ?? (podIP === undefined ? [] : [podIP]),
    phase: 'Running',
    ready: true,
    terminating: false,
    hostNetwork: false,
    containerPorts: [],
  };
}
