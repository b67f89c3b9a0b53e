import { ipFamily } from '../kube/ip.ts';
import type { IpFamily, Service } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import type { Registry } from '../registry/registry.ts';
import { AddressPool, type Reservations } from './address-pool.ts';

/** Where cluster IPs come from, as kube-apiserver's `--service-cluster-ip-range`. */
export interface ServiceRanges {
  /** kubeadm's default. */
  readonly ipv4: string;
  /** As in kubeadm's dual-stack example, but with as many addresses as the IPv4 range. */
  readonly ipv6: string;
}

const DEFAULT_RANGES: ServiceRanges = { ipv4: '10.96.0.0/12', ipv6: 'fd00:10:96::/108' };

/** The two addresses that everybody knows by heart. */
const WELL_KNOWN: Reservations = new Map([
  ['default/kubernetes', 1],
  ['kube-system/kube-dns', 10],
]);

/** A Service and its addresses. */
interface Claim {
  readonly owner: string;
  readonly service: Service;
  readonly allocated: Map<IpFamily, string>;
  /** The Service with `allocated` filled in; made anew only when they change. */
  resolved: Service;
}

/**
 * Gives cluster IPs to the Services that have none, as the API server does.
 *
 * An address stays with its Service for as long as the Service wants one. One that a manifest names
 * always belongs to that Service: if it has been handed out, the other Service moves.
 */
export class ClusterIpAllocator {
  readonly #pools: Readonly<Record<IpFamily, AddressPool>>;
  /** Claims by namespace and Service name. */
  readonly #claims = new Map<string, Map<string, Claim>>();
  /** The claims that name each address. */
  readonly #named = new Map<string, Set<Claim>>();
  /** The addresses that more than one Service names. */
  readonly #disputed = new Set<string>();
  readonly #unsatisfied = new Map<string, Claim>();

  constructor(ranges: ServiceRanges = DEFAULT_RANGES) {
    this.#pools = {
      IPv4: new AddressPool(ranges.ipv4, WELL_KNOWN),
      IPv6: new AddressPool(ranges.ipv6, WELL_KNOWN),
    };
  }

  /**
   * Takes the new state of the namespaces that changed. Returns the other namespaces in which a
   * Service got another address: they changed too.
   */
  update(registry: Registry, namespaces: Iterable<string>): Set<string> {
    const dirty = [...new Set(namespaces)].sort();
    const moving = new Set<string>();
    const waiting = new Map(this.#unsatisfied);
    for (const name of dirty) {
      this.#replaceNamespace(name, registry.namespace(name)?.services ?? NO_SERVICES, moving);
    }
    for (const name of dirty) {
      for (const claim of this.#claims.get(name)?.values() ?? []) waiting.set(claim.owner, claim);
    }
    for (const owner of moving) {
      const claim = this.#claimOf(owner);
      if (claim) waiting.set(owner, claim);
    }
    const changed = new Set<string>();
    for (const owner of [...waiting.keys()].sort()) {
      // By name again, as the Service may be gone or replaced meanwhile.
      const claim = this.#claimOf(owner);
      if (claim && this.#satisfy(claim)) changed.add(claim.service.namespace);
      if (claim === undefined) this.#unsatisfied.delete(owner);
    }
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  /** The Service with its cluster IPs. Ask after `update`. */
  resolve(service: Service): Service {
    return this.#claims.get(service.namespace)?.get(service.name)?.resolved ?? service;
  }

  /** Addresses that several Services name, and Services that got none. */
  problems(): Problem[] {
    const disputes = [...this.#disputed].sort().flatMap((ip) => {
      return disputeProblems(ip, [...(this.#named.get(ip) ?? [])]);
    });
    const ranges = `${this.#pools.IPv4.cidr} or ${this.#pools.IPv6.cidr}`;
    const unsatisfied = [...this.#unsatisfied.values()].map((claim) => fullProblem(claim, ranges));
    return [...disputes, ...unsatisfied];
  }

  #replaceNamespace(
    name: string,
    services: ReadonlyMap<string, Service>,
    moving: Set<string>,
  ): void {
    const before = this.#claims.get(name) ?? new Map<string, Claim>();
    const after = new Map<string, Claim>();
    for (const service of services.values()) {
      const known = before.get(service.name);
      after.set(service.name, known?.service === service ? known : this.#claimFor(service, known));
    }
    for (const [service, claim] of before) {
      if (after.get(service) !== claim) this.#withdraw(claim, after.get(service));
    }
    for (const [service, claim] of after) {
      if (before.get(service) !== claim) this.#enter(claim, moving);
    }
    if (after.size === 0) this.#claims.delete(name);
    else this.#claims.set(name, after);
  }

  /** A changed Service keeps the addresses it was given and still wants. */
  #claimFor(service: Service, known: Claim | undefined): Claim {
    const allocated = new Map<IpFamily, string>();
    for (const family of wantedFamilies(service)) {
      const address = known?.allocated.get(family);
      if (address !== undefined) allocated.set(family, address);
    }
    const owner = `${service.namespace}/${service.name}`;
    return { owner, service, allocated, resolved: withAddresses(service, allocated) };
  }

  #withdraw(claim: Claim, successor: Claim | undefined): void {
    for (const [family, address] of claim.allocated) {
      if (successor?.allocated.get(family) !== address) this.#pools[family].release(address);
    }
    for (const ip of namedIPs(claim.service)) {
      this.#pools[ipFamily(ip)].unblock(ip);
      const claims = this.#named.get(ip);
      claims?.delete(claim);
      if (claims?.size === 0) this.#named.delete(ip);
      if ((claims?.size ?? 0) < 2) this.#disputed.delete(ip);
    }
  }

  #enter(claim: Claim, moving: Set<string>): void {
    for (const ip of namedIPs(claim.service)) {
      const evicted = this.#pools[ipFamily(ip)].block(ip);
      if (evicted !== undefined) moving.add(evicted);
      const claims = this.#named.get(ip) ?? new Set();
      this.#named.set(ip, claims.add(claim));
      if (claims.size > 1) this.#disputed.add(ip);
    }
  }

  /** Allocates what a claim lacks, and what it has lost. Returns whether its addresses changed. */
  #satisfy(claim: Claim): boolean {
    let changed = false;
    let isShort = false;
    for (const family of wantedFamilies(claim.service)) {
      const has = claim.allocated.get(family);
      if (has !== undefined && !this.#named.has(has)) continue;
      const address = this.#pools[family].allocate(claim.owner);
      changed ||= address !== has;
      if (address === undefined) {
        claim.allocated.delete(family);
        isShort = true;
      } else {
        claim.allocated.set(family, address);
      }
    }
    if (changed) claim.resolved = withAddresses(claim.service, claim.allocated);
    if (isShort) this.#unsatisfied.set(claim.owner, claim);
    else this.#unsatisfied.delete(claim.owner);
    return changed;
  }

  #claimOf(owner: string): Claim | undefined {
    const slash = owner.indexOf('/');
    return this.#claims.get(owner.slice(0, slash))?.get(owner.slice(slash + 1));
  }
}

const NO_SERVICES: ReadonlyMap<string, Service> = new Map();
const HEADLESS = 'None';

/** The families a Service is to be given an address of. */
function wantedFamilies(service: Service): IpFamily[] {
  const { clusterIPs, type, ipFamilyPolicy } = service;
  if (type === 'ExternalName' || clusterIPs[0] === HEADLESS) return [];
  const [named] = clusterIPs;
  if (named !== undefined) {
    // A dump of a single-stack cluster has PreferDualStack and one address: that is all it had.
    const lacksOne = clusterIPs.length === 1 && ipFamilyPolicy === 'RequireDualStack';
    return lacksOne ? [otherFamily(ipFamily(named))] : [];
  }
  const primary = service.ipFamilies[0] ?? 'IPv4';
  return ipFamilyPolicy === 'SingleStack' ? [primary] : [primary, otherFamily(primary)];
}

function otherFamily(family: IpFamily): IpFamily {
  return family === 'IPv4' ? 'IPv6' : 'IPv4';
}

/** The addresses the manifest itself names. */
function namedIPs(service: Service): readonly string[] {
  return service.clusterIPs[0] === HEADLESS ? [] : service.clusterIPs;
}

function withAddresses(service: Service, allocated: ReadonlyMap<IpFamily, string>): Service {
  if (allocated.size === 0) return service;
  const given = wantedFamilies(service).flatMap((family) => allocated.get(family) ?? []);
  return { ...service, clusterIPs: [...service.clusterIPs, ...given] };
}

function disputeProblems(ip: string, claims: readonly Claim[]): Problem[] {
  const [winner, ...losers] = claims.map(({ service }) => service).sort(byOrigin);
  if (winner === undefined) return [];
  const { file, line, column } = winner.origin;
  return losers.map((service) => ({
    severity: 'warning',
    code: 'CLUSTER_IP_TAKEN',
    message: `Service "${service.name}": spec.clusterIPs: Invalid value: "${ip}": provided IP is already allocated: Service ${winner.namespace}/${winner.name} at ${file}:${line}:${column} names it too`,
    origin: service.origin,
    object: `Service ${service.namespace}/${service.name}`,
  }));
}

function fullProblem({ service }: Claim, ranges: string): Problem {
  return {
    severity: 'warning',
    code: 'CLUSTER_IP_RANGE_FULL',
    message: `Service "${service.name}": failed to allocate a serviceIP: range is full: no address of ${ranges} is left, so name one in spec.clusterIP`,
    origin: service.origin,
    object: `Service ${service.namespace}/${service.name}`,
  };
}

function byOrigin({ origin: a }: Service, { origin: b }: Service): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document || a.line - b.line || a.column - b.column;
}
