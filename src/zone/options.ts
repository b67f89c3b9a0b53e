import type { ServiceRanges } from '../controllers/addresses/numbered-range.ts';
import type { HostNameRules } from '../controllers/hosts/host-rules.ts';
import { EVERYTHING, type LabelSelector } from '../kube/selector.ts';

/** Names beside the cluster's own: those of `k8s_external` and of `k8s_gateway`. */
export type ExtraTable = 'external' | 'gateway';

/** The names of a `kubernetes` block, and those beside them. */
export type RecordTable = 'cluster' | ExtraTable;

/** How pod names (`1-2-3-4.NAMESPACE.pod.ZONE`) are answered; as in CoreDNS's `pods` option. */
export type PodMode = 'disabled' | 'insecure' | 'verified';

/** What decides which names a set of objects compiles to: the options of one `kubernetes` block. */
export interface ZoneOptions {
  /**
   * Zones served, lower case, without the final dot: forward zones and reverse zones. The first
   * forward zone is the primary one, whose names PTR records point to.
   */
  readonly zones: readonly string[];
  /** TTL of every record and of negative answers, in seconds; 0 to 3600. */
  readonly ttl: number;
  readonly pods: PodMode;
  /** Endpoint names fall back to the pod's name before the dashed address. */
  readonly endpointPodNames: boolean;
  /** A ClusterIP Service without a ready endpoint does not exist. */
  readonly ignoreEmptyService: boolean;
  /** Endpoints are not read: headless Services and endpoint names do not exist. */
  readonly noEndpoints: boolean;
  /** Namespaces exposed; empty for all. */
  readonly namespaces: readonly string[];
  /** Which namespaces are exposed, by the labels of their Namespace object. */
  readonly namespaceLabels: LabelSelector;
  /** Which Services, EndpointSlices and Pods are read. */
  readonly labels: LabelSelector;
  /** Where cluster IPs come from: `service_range`; undefined for the usual ranges. */
  readonly serviceRanges: ServiceRanges | undefined;
  /** Where the addresses of Pods come from that only a workload speaks of: `workloads simulate`. */
  readonly simulatedPods: ServiceRanges | undefined;
  /**
   * The Services that every cluster has are added: `cluster_basics`. Never false, so that state
   * files have the same names with and without a version that has the option.
   */
  readonly clusterBasics: true | undefined;
  /** A and AAAA of a Service with a cluster IP are its ready endpoints: `clusterip endpoints`. */
  readonly clusterIpEndpoints: boolean;
  /** Endpoints may be host names, whose addresses come from the upstreams: `endpoints dns`. */
  readonly endpointsDns: boolean;
  /** Those of `zones` that have the Services which clusters share; undefined for none. */
  readonly multicluster: readonly string[] | undefined;
  /** Undefined when the server block has no `k8s_external`. */
  readonly external: ExternalOptions | undefined;
  /** Undefined when the server block has no `k8s_gateway`. */
  readonly gateway: GatewayOptions | undefined;
}

/** What holds for a `kubernetes` block that says nothing, as in CoreDNS; without the zones. */
export const ZONE_DEFAULTS: Omit<ZoneOptions, 'zones'> = {
  ttl: 5, // as in the Kubernetes DNS specification: short, because endpoints come and go
  pods: 'disabled', // pod names tell nothing that the client did not know
  endpointPodNames: false,
  ignoreEmptyService: false,
  noEndpoints: false,
  namespaces: [],
  namespaceLabels: EVERYTHING,
  labels: EVERYTHING,
  serviceRanges: undefined,
  simulatedPods: undefined, // addresses are not made up unless a block asks for it
  clusterBasics: undefined,
  clusterIpEndpoints: false,
  endpointsDns: false,
  multicluster: undefined,
  external: undefined,
  gateway: undefined,
};

/**
 * What the `k8s_external` of a server block serves: coredns-style names of Services for clients
 * outside.
 */
export interface ExternalOptions {
  /** Forward and reverse zones, lower case, without the final dot. */
  readonly zones: readonly string[];
  /** First label of the names of the zone itself: `ns1.dns.ZONE`. */
  readonly apex: string;
  /** Seconds. */
  readonly ttl: number;
  /** Headless Services without external addresses are served with their endpoints. */
  readonly headless: boolean;
}

/**
 * What the `k8s_gateway` of a server block serves: host names of Ingresses, Gateways and the like.
 * Plain data.
 */
export interface GatewayOptions extends HostNameRules {
  /** The server's own name, relative to each zone: `dns1.kube-system`. */
  readonly apex: string;
  /** The name of a second server; '' for none. */
  readonly secondary: string;
}
