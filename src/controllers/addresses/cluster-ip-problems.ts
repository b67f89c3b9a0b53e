import { ipFamily } from '../../dns/address.ts';
import { isHeadless } from '../../kube/headless.ts';
import type { IpFamily, Origin, Service } from '../../kube/objects.ts';
import { byOrigin, originText } from '../../kube/origin.ts';
import { objectProblem, type Problem, type Severity } from '../../kube/problem.ts';
import type { AddressAllocator } from './address-allocator.ts';

/**
 * What the API server would say about the families and addresses that a Service asks for, in its
 * order (v1.34, `pkg/registry/core/service/storage/alloc.go`): what is wrong with the addresses,
 * else with the families, else which address it cannot give.
 */
export function requestProblems(
  service: Service,
  allocator: AddressAllocator,
  severity: Severity,
): Problem[] {
  if (service.type === 'ExternalName') return [];
  const foreign = foreignAddresses(service, allocator);
  if (foreign.length > 0) return foreign;
  if (isHeadless(service) && service.selector === undefined) return [];
  const families = familyProblems(service, allocator);
  return families.length > 0 ? families : outsideProblems(service, allocator, severity);
}

/** One problem for each Service but the first, in the order of files, that names an address. */
export function takenProblems(ip: string, services: readonly Service[]): Problem[] {
  const [winner, ...losers] = [...services].sort(byOrigin);
  if (winner === undefined) return [];
  return losers.map((service) => {
    const detail = `failed to allocate IP ${ip}: provided IP is already allocated`;
    const place = originText(placeOfAddress(winner));
    const advice = `Service ${winner.namespace}/${winner.name} at ${place} names it too`;
    return problem('warning', 'CLUSTER_IP_TAKEN', service, invalidIPs(service, detail), advice);
  });
}

/** `families` are those that the Service still lacks an address of. */
export function fullProblem(
  service: Service,
  families: readonly IpFamily[],
  allocator: AddressAllocator,
): Problem {
  const ranges = families.map((family) => allocator.cidrOf(family)).join(' or ');
  const fault = 'failed to allocate a serviceIP: range is full';
  const advice = `no address of ${ranges} is left: give service_range a larger CIDR`;
  return problem('warning', 'CLUSTER_IP_RANGE_FULL', service, fault, advice);
}

function foreignAddresses(service: Service, allocator: AddressAllocator): Problem[] {
  if (isHeadless(service)) return [];
  return service.clusterIPs.flatMap((ip, at) => {
    const family = ipFamily(ip);
    // A family that the manifest names is complained of where it is named.
    if (at < service.ipFamilies.length || allocator.families.includes(family)) return [];
    const fault = `spec.clusterIPs[${at}]: Invalid value: ${listText(service)}: ${family} is not configured on this cluster`;
    return [problem('warning', 'CLUSTER_IP_FAMILY', service, fault, adviceFor(family))];
  });
}

function familyProblems(service: Service, allocator: AddressAllocator): Problem[] {
  const found: Problem[] = [];
  if (service.ipFamilyPolicy === 'RequireDualStack' && allocator.families.length < 2) {
    const fault =
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services';
    const advice = 'give service_range a CIDR of each family';
    found.push(problem('warning', 'CLUSTER_IP_ONE_FAMILY', service, fault, advice));
  }
  service.ipFamilies.forEach((family, at) => {
    if (allocator.families.includes(family)) return;
    const fault = `spec.ipFamilies[${at}]: Invalid value: "${family}": not configured on this cluster`;
    found.push(problem('warning', 'CLUSTER_IP_FAMILY', service, fault, adviceFor(family)));
  });
  return found;
}

function outsideProblems(
  service: Service,
  allocator: AddressAllocator,
  severity: Severity,
): Problem[] {
  if (isHeadless(service)) return [];
  return service.clusterIPs.flatMap((ip) => {
    const cidr = allocator.cidrOf(ipFamily(ip));
    if (cidr === undefined || allocator.has(ip)) return [];
    const detail = `failed to allocate IP ${ip}: the provided network does not match the current range`;
    const advice = `expected an address of ${cidr} that is not its first or last: see --service-range`;
    return [
      problem(severity, 'CLUSTER_IP_OUT_OF_RANGE', service, invalidIPs(service, detail), advice),
    ];
  });
}

function adviceFor(family: IpFamily): string {
  return `give service_range an ${family} CIDR too`;
}

function invalidIPs(service: Service, detail: string): string {
  return `spec.clusterIPs: Invalid value: ${listText(service)}: ${detail}`;
}

/** As Go prints a list of strings in an error. */
function listText({ clusterIPs }: Service): string {
  return JSON.stringify(clusterIPs);
}

/** Where the addresses are named; the Service itself when it names none. */
function placeOfAddress({ clusterIPOrigin, origin }: Service): Origin {
  return clusterIPOrigin ?? origin;
}

function problem(
  severity: Severity,
  code: string,
  service: Service,
  fault: string,
  advice: string,
): Problem {
  const origin = code === 'CLUSTER_IP_ONE_FAMILY' ? service.origin : placeOfAddress(service);
  return objectProblem(severity, code, service, `${fault}: ${advice}`, origin);
}
