import { ipFamily } from '../../dns/address.ts';
import { NO_CLUSTER_IP } from '../../kube/headless.ts';
import { canonicalIp, IP_FAMILIES } from '../../kube/ip.ts';
import type { IpFamily, Service } from '../../kube/objects.ts';
import { METALLB_ADDRESSES, METALLB_POOL, METALLB_SHARED_IP } from '../../kube/well-known.ts';

/** The problem of a Service whose load balancer has no address. */
export const LOAD_BALANCER_PENDING = 'LOAD_BALANCER_PENDING';

/** What a Service requests of MetalLB, or, as `fault`, why it gets nothing, in MetalLB's words. */
export interface LoadBalancerRequest {
  readonly fault: string | undefined;
  /** The addresses it requests; empty for any. */
  readonly addresses: readonly string[];
  /** The pool it requests; '' for any. */
  readonly pool: string;
  /** Families of its cluster IPs, IPv4 first, as MetalLB orders addresses. */
  readonly families: readonly IpFamily[];
  /** One of two families will do. */
  readonly isOneEnough: boolean;
  /** Services with the same key may share an address; '' for none. */
  readonly sharingKey: string;
  /** `TCP/80`. */
  readonly ports: ReadonlySet<string>;
}

/** Reads a Service that has its cluster IPs (MetalLB v0.15, `controller/service.go`). */
export function loadBalancerRequest(service: Service): LoadBalancerRequest {
  const families = IP_FAMILIES.filter((family) => {
    return service.clusterIPs.some((ip) => ip !== NO_CLUSTER_IP && ipFamily(ip) === family);
  });
  const requested = requestedAddresses(service);
  const addresses = 'fault' in requested ? [] : requested.addresses;
  return {
    fault: 'fault' in requested ? requested.fault : familyFault(service, families, addresses),
    addresses,
    pool: annotation(service, METALLB_POOL),
    families,
    isOneEnough: service.ipFamilyPolicy === 'PreferDualStack',
    sharingKey: annotation(service, METALLB_SHARED_IP),
    ports: new Set(service.ports.map(({ protocol, port }) => `${protocol}/${port}`)),
  };
}

/** As MetalLB prints addresses. */
export function addressList(addresses: readonly string[]): string {
  return `[${addresses.map((ip) => JSON.stringify(ip)).join(' ')}]`;
}

/** The addresses that a Service requests: MetalLB's annotation, or `spec.loadBalancerIP`. */
function requestedAddresses(
  service: Service,
): { readonly addresses: readonly string[] } | { readonly fault: string } {
  const text = annotation(service, METALLB_ADDRESSES);
  const { loadBalancerIP } = service;
  if (text === '') return { addresses: loadBalancerIP === '' ? [] : [loadBalancerIP] };
  const [name] = METALLB_ADDRESSES;
  if (loadBalancerIP !== '') {
    return { fault: `service can not have both ${name} and svc.Spec.LoadBalancerIP` };
  }
  const words = text.split(',', MAX_ADDRESSES + 1);
  const found = words.map((word) => canonicalIp(word.trim()));
  const addresses = found.filter((ip) => ip !== undefined);
  if (addresses.length < found.length) {
    return { fault: `invalid ${name}: ${JSON.stringify(text.slice(0, MAX_SHOWN))}` };
  }
  if (addresses.length > MAX_ADDRESSES) {
    return { fault: `more than two addresses ${addressList(addresses)}` };
  }
  const [first = '', second] = addresses;
  if (second !== undefined && ipFamily(first) === ipFamily(second)) {
    return { fault: `"${first}" "${second}" has the same family` };
  }
  return { addresses };
}

/** One of each family. */
export const MAX_ADDRESSES = 2;

/** Characters of an annotation in a message. */
const MAX_SHOWN = 80;

function familyFault(
  { clusterIPs, ipFamilyPolicy }: Service,
  families: readonly IpFamily[],
  addresses: readonly string[],
): string | undefined {
  if (families.length === 0) return 'No ClusterIPs';
  if (ipFamilyPolicy === 'RequireDualStack' && families.length < 2) {
    return `Service requires dual stack but not enough clusterips [${clusterIPs.join(' ')}]`;
  }
  const isMatch =
    addresses.length === families.length &&
    addresses.every((ip) => families.includes(ipFamily(ip)));
  if (addresses.length === 0 || isMatch) return undefined;
  return `requested loadBalancer IP(s) ${addressList(addresses)} does not match the ipFamily of the service`;
}

/** The first of these annotations that a Service has; '' for none. */
function annotation({ annotations }: Service, names: readonly string[]): string {
  const name = names.find((known) => annotations.has(known));
  return name === undefined ? '' : (annotations.get(name) ?? '');
}
