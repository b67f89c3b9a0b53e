/** Objects whose host names are answered, in the order in which they are documented. */
export const HOST_RESOURCES = [
  'Ingress',
  'Service',
  'HTTPRoute',
  'TLSRoute',
  'GRPCRoute',
  'DNSEndpoint',
  'Pod',
] as const;

export type HostResource = (typeof HOST_RESOURCES)[number];

/** Which host names are answered. */
export interface HostNameRules {
  /** Zones, lower case, without the final dot. Hosts outside are not answered. */
  readonly zones: readonly string[];
  readonly resources: readonly HostResource[];
  /** Ingresses of these classes only; empty for all. */
  readonly ingressClasses: readonly string[];
  /** Routes of Gateways of these classes only; empty for all. */
  readonly gatewayClasses: readonly string[];
  /** Services with these labels only, a text that `parseSelector` reads; '' for all. */
  readonly serviceLabels: string;
  /**
   * The Service whose external addresses answer for Ingresses without a status, `namespace/name`;
   * '' to look for one.
   */
  readonly ingressService: string;
  /** TTL of records whose object does not say, seconds. */
  readonly ttl: number;
}
