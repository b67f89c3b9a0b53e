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
