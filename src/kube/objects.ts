/**
 * The Kubernetes vocabulary, reduced to what can appear in a DNS answer: the memory fence.
 *
 * Everything here is plain data, already validated and with the API server's defaults filled in, so
 * the layers above never ask "is it set?". Adding a field costs memory times every object.
 */

/**
 * Where an object comes from. Lines and columns count from 1, documents from 0; what has no lines
 * (an option, an object of an API server) has 0 in their place.
 */
export interface Origin {
  /** A path; of an object of an API server, what kubectl calls it: `Service shop/web`. */
  readonly file: string;
  readonly document: number;
  readonly line: number;
  readonly column: number;
  /** Which version of its object an API server has sent. */
  readonly resourceVersion?: string;
}

/** `metadata.labels` or a selector. A Map, because `__proto__` is a legal-looking key. */
export type Labels = ReadonlyMap<string, string>;

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

export type IpFamily = 'IPv4' | 'IPv6';

/** What every object has. */
export interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly origin: Origin;
  /** The object that a controller made this one from; undefined for an object of a source. */
  readonly madeOf?: KubeObject;
}

/** One entry of `spec.ports`. `name` is '' when the port has none. */
export interface ServicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A port number, or the name of a container port. */
  readonly targetPort: number | string;
  /** The port of every node; 0 when the manifest leaves the choice to the cluster. */
  readonly nodePort: number;
  /** Where the manifest has `nodePort`. */
  readonly nodePortOrigin?: Origin;
}

/** Where a load balancer takes traffic: one entry of `status.loadBalancer.ingress`. */
export interface LoadBalancerPoint {
  /** Canonical address; '' when there is only a host name. */
  readonly ip: string;
  /** Without the final dot; '' when there is only an address. */
  readonly hostname: string;
  /** The pool that a controller gave the address from; undefined where the manifest has it. */
  readonly pool?: IPAddressPool;
}

export interface Service extends Metadata {
  readonly kind: 'Service';
  readonly type: ServiceType;
  /**
   * Canonical addresses; `['None']` for a headless Service; empty while none has been allocated and
   * for ExternalName.
   */
  readonly clusterIPs: readonly string[];
  /** Those of them that a controller gave it; undefined where the manifest has them all. */
  readonly givenClusterIPs?: readonly string[];
  /** Where the manifest has them. */
  readonly clusterIPOrigin?: Origin;
  /** Families wanted, in order; empty when the manifest does not say. */
  readonly ipFamilies: readonly IpFamily[];
  readonly ipFamilyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly ports: readonly ServicePort[];
  /** `spec.allocateLoadBalancerNodePorts` is false. */
  readonly hasNoNodePorts?: true;
  /** Undefined when the Service has no selector: then endpoints are written by hand. */
  readonly selector: Labels | undefined;
  /** Without the final dot; '' unless `type` is ExternalName. */
  readonly externalName: string;
  readonly publishNotReadyAddresses: boolean;
  /** Undefined for `Cluster`, the default: any node takes its traffic. */
  readonly externalTrafficPolicy?: 'Local';
  /** `spec.externalIPs`, canonical. */
  readonly externalIPs: readonly string[];
  /** `spec.loadBalancerIP`, canonical: the address that a load balancer should give; '' for any. */
  readonly loadBalancerIP: string;
  /** `spec.loadBalancerClass`; '' for the cluster's own. */
  readonly loadBalancerClass: string;
  /** `status.loadBalancer.ingress`. */
  readonly loadBalancerPoints: readonly LoadBalancerPoint[];
  /** Those of its annotations that decide about names and addresses: `READ_ANNOTATIONS`. */
  readonly annotations: Labels;
}

/** A port of an EndpointSlice. `port` is undefined for "all ports" (an API nil). */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number | undefined;
}

/** One endpoint of a slice; only ready ones can appear in an answer. */
export interface Endpoint {
  /** Canonical text form. */
  readonly addresses: readonly string[];
  readonly ready: boolean;
  /** '' when unset. */
  readonly hostname: string;
  /** `targetRef.name`, '' when unset. */
  readonly targetName: string;
  /** The Pod that a controller made it of. */
  readonly pod?: Pod;
}

export interface EndpointSlice extends Metadata {
  readonly kind: 'EndpointSlice';
  /** The label `kubernetes.io/service-name`; '' when the slice belongs to no Service. */
  readonly serviceName: string;
  readonly addressType: IpFamily | 'FQDN';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly EndpointPort[];
}

/** A subset of the legacy Endpoints object: every address × every port. */
export interface EndpointSubset {
  readonly addresses: readonly EndpointAddress[];
  readonly notReadyAddresses: readonly EndpointAddress[];
  readonly ports: readonly EndpointPort[];
}

export interface EndpointAddress {
  /** Canonical text form. */
  readonly ip: string;
  readonly hostname: string;
  readonly targetName: string;
}

/** The legacy `v1 Endpoints`. */
export interface Endpoints extends Metadata {
  readonly kind: 'Endpoints';
  /** By its label and annotations, a controller copies it into slices. */
  readonly isMirrored: boolean;
  readonly subsets: readonly EndpointSubset[];
}

export interface ContainerPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export interface Pod extends Metadata {
  readonly kind: 'Pod';
  readonly hostname: string;
  readonly subdomain: string;
  /** `status.podIPs`, or `[status.podIP]`; canonical text, first one primary. */
  readonly podIPs: readonly string[];
  /** `status.phase`, '' when unset. */
  readonly phase: string;
  /** Condition `Ready` is `True`. */
  readonly ready: boolean;
  /** Why it is not, the `reason` of that condition: `ContainersNotReady`; undefined without one. */
  readonly unready?: string;
  /** `metadata.deletionTimestamp` is set. */
  readonly terminating: boolean;
  /** The Node that it runs on, `spec.nodeName`; undefined before it is scheduled. */
  readonly nodeName?: string;
  /** The address of that node, `status.hostIP`, canonical; undefined when absent. */
  readonly hostIP?: string;
  /** Those that decide about names: `READ_ANNOTATIONS`; undefined when it has none. */
  readonly annotations?: Labels;
  /** Its addresses are the node's, which other Pods may share. */
  readonly hostNetwork: boolean;
  readonly containerPorts: readonly ContainerPort[];
  /** How many, where it is not 1. */
  readonly containers?: number;
}

/** Kinds of objects that Pods are made from. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet';

/** What DNS depends on in the Pods of a workload. */
interface PodTemplate {
  /** Another one for every other template: a cluster makes new Pods after it. */
  readonly hash: string;
  readonly labels: Labels;
  /** Those that decide about names; undefined when it has none. */
  readonly annotations?: Labels;
  readonly hostname: string;
  readonly subdomain: string;
  readonly containerPorts: readonly ContainerPort[];
  /** How many containers, where it is not 1. */
  readonly containers?: number;
}

/** What the arguments of ingress-nginx say of the status that it gives Ingresses. */
export interface IngressNginx {
  /** `--ingress-class` */
  readonly className: string;
  /** `--publish-service`, `namespace/name`: Ingresses are reached where it is; '' for none. */
  readonly publishService: string;
  /** `--publish-status-address` */
  readonly publishedPoints: readonly LoadBalancerPoint[];
  /** `--report-node-internal-ip-address`: external addresses of nodes are not preferred. */
  readonly usesInternalIPs: boolean;
  /** It writes a status at all: `--update-status`, and no argument that ends it. */
  readonly writesStatus: boolean;
}

/** A workload: in a cluster its controller makes Pods from it. */
export interface Workload extends Metadata {
  readonly kind: WorkloadKind;
  /** `spec.replicas`, by default 1; a DaemonSet has as many as there are nodes, here 1. */
  readonly replicas: number;
  /** Number of a StatefulSet's first Pod, `spec.ordinals.start`; 0 for the others. */
  readonly firstOrdinal: number;
  /** The headless Service of a StatefulSet, `spec.serviceName`; '' for none. */
  readonly serviceName: string;
  readonly template: PodTemplate;
  /** Undefined when its Pods run something else. */
  readonly ingressNginx?: IngressNginx;
}

/** A range of addresses, both ends included; canonical, of one family. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** MetalLB's `IPAddressPool` (metallb.io/v1beta1). */
export interface IPAddressPool extends Metadata {
  readonly kind: 'IPAddressPool';
  readonly ranges: readonly AddressRange[];
  /** Services that do not ask for this pool may get an address of it. */
  readonly autoAssign: boolean;
  /** Addresses that end in .0 or .255 are not given out. */
  readonly avoidBuggyIPs: boolean;
  /** `spec.serviceAllocation`: which Services may use it; undefined for all. */
  readonly allocation: PoolAllocation | undefined;
}

/** Which Services may use an IPAddressPool. An empty list allows all. */
export interface PoolAllocation {
  /** A lower number is tried first; 0 is last (MetalLB's own rule). */
  readonly priority: number;
  readonly namespaces: readonly string[];
  /** As texts that `parseSelector` reads; any one of them has to match. */
  readonly namespaceSelectors: readonly string[];
  readonly serviceSelectors: readonly string[];
}

/** The ConfigMap that MetalLB before 0.13 had its pools in; no other is read. */
export interface ConfigMap extends Metadata {
  readonly kind: 'ConfigMap';
  /** `data.config`, YAML in YAML; '' when absent. */
  readonly config: string;
}

/** `networking.k8s.io` Ingress: the host names that it takes requests for. */
export interface Ingress extends Metadata {
  readonly kind: 'Ingress';
  /** `spec.ingressClassName`, or the older annotation; '' for the default class. */
  readonly className: string;
  /** `spec.rules[].host`, without repetitions; `*.example.com` is a wildcard. */
  readonly hosts: readonly string[];
  /** `spec.tls` is not empty. */
  readonly hasTls?: true;
  /** `spec.tls[].hosts[]`; undefined when there are none. */
  readonly tlsHosts?: readonly string[];
  readonly loadBalancerPoints: readonly LoadBalancerPoint[];
  readonly annotations: Labels;
}

/** `gateway.networking.k8s.io` Gateway. */
export interface Gateway extends Metadata {
  readonly kind: 'Gateway';
  readonly className: string;
  readonly listeners: readonly GatewayListener[];
  /** `status.addresses`; those that `spec.addresses` asks for while there is no status. */
  readonly points: readonly LoadBalancerPoint[];
  readonly annotations: Labels;
}

export interface GatewayListener {
  readonly name: string;
  /** Host names it takes; '' for all. */
  readonly hostname: string;
}

/** `gateway.networking.k8s.io` HTTPRoute, TLSRoute or GRPCRoute. */
export interface Route extends Metadata {
  readonly kind: 'HTTPRoute' | 'TLSRoute' | 'GRPCRoute';
  readonly hostnames: readonly string[];
  /** The Gateways it is attached to. */
  readonly parents: readonly RouteParent[];
  readonly annotations: Labels;
}

export interface RouteParent {
  readonly namespace: string;
  readonly name: string;
  /** The listener; '' for every one. */
  readonly sectionName: string;
}

/** external-dns's `DNSEndpoint` (externaldns.k8s.io/v1alpha1). */
export interface DNSEndpoint extends Metadata {
  readonly kind: 'DNSEndpoint';
  readonly records: readonly DNSEndpointRecord[];
}

export interface DNSEndpointRecord {
  /** Without the final dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
  /** Addresses, or host names without the final dot. */
  readonly targets: readonly string[];
  /** Seconds; undefined for the zone's own. */
  readonly ttl: number | undefined;
}

/** A Service that the clusters of a set share (multicluster.x-k8s.io, KEP-1645). */
export interface ServiceImport extends Metadata {
  readonly kind: 'ServiceImport';
  readonly type: 'ClusterSetIP' | 'Headless';
  /** Canonical. */
  readonly ips: readonly string[];
  readonly ports: readonly Pick<ServicePort, 'name' | 'protocol' | 'port'>[];
}

/** A Namespace; `namespace` is '' and `name` is the namespace's name. */
export interface Namespace extends Metadata {
  readonly kind: 'Namespace';
}

/** A v1 Node; `namespace` is ''. */
export interface Node extends Metadata {
  readonly kind: 'Node';
  /** Of `status.addresses`, canonical, in the order written. */
  readonly internalIPs: readonly string[];
  readonly externalIPs: readonly string[];
  /** The status of the condition `Ready`: `True`, `False`, `Unknown`; '' without one. */
  readonly ready: string;
  readonly isUnschedulable: boolean;
  /** `status.nodeInfo`; each is '' when absent. */
  readonly info: {
    readonly kubeletVersion: string;
    readonly osImage: string;
    readonly kernelVersion: string;
    readonly containerRuntimeVersion: string;
  };
}

export type KubeObject =
  | Service
  | EndpointSlice
  | Endpoints
  | Pod
  | Workload
  | IPAddressPool
  | ConfigMap
  | Ingress
  | Gateway
  | Route
  | DNSEndpoint
  | ServiceImport
  | Namespace
  | Node;
export type Kind = KubeObject['kind'];

/** All the places that an object names. */
export function originsOf(object: KubeObject): Origin[] {
  if (object.kind !== 'Service') return [object.origin];
  const ofPorts = object.ports.flatMap(({ nodePortOrigin }) => nodePortOrigin ?? []);
  return [object.origin, ...ofPorts, ...(object.clusterIPOrigin ? [object.clusterIPOrigin] : [])];
}

/**
 * One namespace as the DNS sees it, after the controllers have run: addresses allocated, Endpoints
 * mirrored, slices built from pods. This is all that the zone compiler reads.
 */
export interface NamespaceView {
  /** There is no Namespace object, as in a cluster there has to be: only reverse names exist. */
  readonly isHidden?: true;
  readonly name: string;
  /** Labels of the Namespace object; empty when only other objects name the namespace. */
  readonly labels: Labels;
  /** In a stable order: by name. */
  readonly services: readonly Service[];
  /** Slices by Service name, in a stable order. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Pods that have a name made of their address: running or terminating, with an address. */
  readonly pods: readonly Pod[];
}
