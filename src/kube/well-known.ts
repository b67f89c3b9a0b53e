/**
 * Annotations that decide about names and addresses. Objects keep only these, because `kubectl
 * apply` puts the whole manifest into another one.
 */

/** How external-dns's annotations begin: since it is 1.0, and before. The first one counts. */
export const EXTERNAL_DNS_PREFIXES = [
  'external-dns.kubernetes.io/',
  'external-dns.alpha.kubernetes.io/',
] as const;

/** external-dns's annotations that decide about names and what they lead to. */
const EXTERNAL_DNS_WORDS = [
  'hostname',
  'internal-hostname',
  'target',
  'ttl',
  'access',
  'endpoints-type',
  'ingress-hostname-source',
] as const;

/** An annotation of external-dns, without its prefix. */
export type ExternalDnsWord = (typeof EXTERNAL_DNS_WORDS)[number];

/** k8s_gateway's own annotation for the same, of Services; it comes first. */
export const COREDNS_HOSTNAME_ANNOTATION = 'coredns.io/hostname';

/** MetalLB: the addresses that a Service requests, joined by commas; the current name first. */
export const METALLB_ADDRESSES = [
  'metallb.io/loadBalancerIPs',
  'metallb.universe.tf/loadBalancerIPs',
] as const;

/** MetalLB: the pool that a Service requests an address from. */
export const METALLB_POOL = [
  'metallb.io/address-pool',
  'metallb.universe.tf/address-pool',
] as const;

/** MetalLB: Services with the same key may have the same address, when their ports differ. */
export const METALLB_SHARED_IP = [
  'metallb.io/allow-shared-ip',
  'metallb.universe.tf/allow-shared-ip',
] as const;

/** The class of an Ingress; older than `spec.ingressClassName`. */
export const INGRESS_CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Ours: host names, joined by commas, whose addresses are the endpoints of a Service. */
export const ENDPOINTS_DNS_ANNOTATION = 'svcdns.dev/endpoints-dns';

export const READ_ANNOTATIONS: ReadonlySet<string> = new Set<string>([
  ...EXTERNAL_DNS_PREFIXES.flatMap((prefix) => EXTERNAL_DNS_WORDS.map((word) => prefix + word)),
  COREDNS_HOSTNAME_ANNOTATION,
  ...METALLB_ADDRESSES,
  ...METALLB_POOL,
  ...METALLB_SHARED_IP,
  INGRESS_CLASS_ANNOTATION,
  ENDPOINTS_DNS_ANNOTATION,
]);

/** On an EndpointSlice: when the change happened that it was written for. */
export const CHANGE_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

// Labels that Kubernetes itself gives a meaning (kubernetes.io, "Well-Known Labels").

/** The Service whose endpoints a slice has. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The ServiceImport whose endpoints a slice has, and the cluster that they are in (KEP-1645). */
export const IMPORT_NAME_LABEL = 'multicluster.kubernetes.io/service-name';
export const SOURCE_CLUSTER_LABEL = 'multicluster.kubernetes.io/source-cluster';

/** Which controller owns a slice. */
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

/** `true` on an Endpoints object: it is not copied into slices. */
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror';

/** On an Endpoints object that is a lock of the leader of some program: it is not copied either. */
export const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';

/** On the slices of a headless Service. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
