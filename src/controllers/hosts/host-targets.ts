import { canonicalIp } from '../../kube/ip.ts';
import { domainName, withoutFinalDot } from '../../kube/names.ts';
import type { KubeObject, LoadBalancerPoint, Service } from '../../kube/objects.ts';

/** What a host name leads to: addresses, or other names. */
export interface HostTargets {
  /** Canonical. */
  readonly addresses: readonly string[];
  /** Lower case, without the final dot. */
  readonly names: readonly string[];
  /** The objects that have the addresses, where those are others than whose the host is. */
  readonly holders?: ReadonlyMap<string, KubeObject>;
}

/** What one object says of one host name. */
export interface HostEntry {
  /** Lower case, without the final dot; `*.example.org` is a wildcard. */
  readonly host: string;
  readonly targets: HostTargets;
  /** Seconds; undefined for the zone's own. */
  readonly ttl: number | undefined;
  readonly object: KubeObject;
  /** Whose addresses they are, when not the object's own: a Gateway, a Service. */
  readonly via: KubeObject | undefined;
  /** Why there is no target; '' when there is one. */
  readonly fault: string;
}

export const NOWHERE: HostTargets = { addresses: [], names: [] };

export function hasNoTarget({ addresses, names }: HostTargets): boolean {
  return addresses.length === 0 && names.length === 0;
}

/**
 * Where load balancers take traffic. A point that has an address is reached there, whatever its
 * name.
 */
export function pointTargets(points: readonly LoadBalancerPoint[]): HostTargets {
  return {
    addresses: points.flatMap(({ ip }) => ip || []),
    names: points.flatMap(({ ip, hostname }) => (ip === '' ? hostname.toLowerCase() : [])),
  };
}

/**
 * Where a Service is reached from outside, as k8s_gateway and external-dns see it: at its external
 * IPs; when it has none, at its load balancer.
 */
export function serviceTargets({ externalIPs, loadBalancerPoints }: Service): HostTargets {
  if (externalIPs.length > 0) return { addresses: externalIPs, names: [] };
  return pointTargets(loadBalancerPoints);
}

/** Addresses and names in text. `unusable` are the words that are neither. */
export function targetsFromText(
  words: readonly string[],
): HostTargets & { readonly unusable: readonly string[] } {
  const addresses: string[] = [];
  const names: string[] = [];
  const unusable: string[] = [];
  for (const word of words) {
    const ip = canonicalIp(word);
    const name = withoutFinalDot(word).toLowerCase();
    if (ip !== undefined) addresses.push(ip);
    else if (domainName(name).length === 0 && !isDotted(name)) names.push(name);
    else unusable.push(word);
  }
  return { addresses, names, unusable };
}

/** Numbers and dots alone are a mistyped address, not a name. */
function isDotted(name: string): boolean {
  return /^[\d.]+$/.test(name);
}
