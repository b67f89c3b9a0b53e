/**
 * The Kubernetes vocabulary, reduced to what can appear in a DNS answer: the memory fence.
 *
 * Everything here is plain data, already validated and with the API server's defaults filled in, so
 * the layers above never ask "is it set?". Adding a field costs memory times every object.
 */

/** Where an object was written. Lines and columns count from 1, documents from 0. */
export interface Origin {
  readonly file: string;
  readonly document: number;
  readonly line: number;
  readonly column: number;
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
}

/** One entry of `spec.ports`. `name` is '' when the port has none. */
export interface ServicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A port number, or the name of a container port. */
  readonly targetPort: number | string;
}

export interface Service extends Metadata {
  readonly kind: 'Service';
  readonly type: ServiceType;
  /**
   * Canonical addresses; `['None']` for a headless Service; empty while none has been allocated and
   * for ExternalName.
   */
  readonly clusterIPs: readonly string[];
  /** Families wanted, in order; empty when the manifest does not say. */
  readonly ipFamilies: readonly IpFamily[];
  readonly ipFamilyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly ports: readonly ServicePort[];
  /** Undefined when the Service has no selector: then endpoints are written by hand. */
  readonly selector: Labels | undefined;
  /** Without the final dot; '' unless `type` is ExternalName. */
  readonly externalName: string;
  readonly publishNotReadyAddresses: boolean;
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
  /** `metadata.deletionTimestamp` is set. */
  readonly terminating: boolean;
  /** Its addresses are the node's, and so those of others too. */
  readonly hostNetwork: boolean;
  readonly containerPorts: readonly ContainerPort[];
}

/** A Namespace; `namespace` is '' and `name` is the namespace's name. */
export interface Namespace extends Metadata {
  readonly kind: 'Namespace';
}

export type KubeObject = Service | EndpointSlice | Endpoints | Pod | Namespace;
export type Kind = KubeObject['kind'];

/**
 * One namespace as the DNS sees it, after the controllers have run: addresses allocated, Endpoints
 * mirrored, slices built from pods. This is all that the zone compiler reads.
 */
export interface NamespaceView {
  readonly name: string;
  /** Labels of the Namespace object; empty when only other objects name the namespace. */
  readonly labels: Labels;
  /** In a stable order: by name. */
  readonly services: readonly Service[];
  /** Slices by Service name, in a stable order. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Pods that can be asked for by address: running, with an address, not terminating. */
  readonly pods: readonly Pod[];
}
