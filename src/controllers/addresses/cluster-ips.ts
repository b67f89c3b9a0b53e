import { ipFamily } from '../../kube/ip.ts';
import type { IpFamily, Service } from '../../kube/objects.ts';
import { byOrigin } from '../../kube/origin.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Allocation } from './address-ledger.ts';
import { AddressPool, type Reservations } from './address-search.ts';
import { fullProblem, takenProblems, wishProblems } from './cluster-ip-problems.ts';
import type { ServiceRanges } from './numbered-range.ts';

/**
 * kubeadm's default, and for IPv6 what its dual-stack example has, but with as many addresses as
 * the IPv4 range.
 */
export const DEFAULT_SERVICE_RANGES: ServiceRanges = {
  ipv4: '10.96.0.0/12',
  ipv6: 'fd00:10:96::/108',
};

/** The two addresses that everybody knows by heart. */
const WELL_KNOWN: Reservations = new Map([
  ['default/kubernetes', 1],
  ['kube-system/kube-dns', 10],
]);

/** Services without an address that are told one by one: nobody reads further. */
const MAX_FULL_PROBLEMS = 100;

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
  readonly #pools: ReadonlyMap<IpFamily, AddressPool>;
  /**
   * Nobody said which ranges there are: a folder of another cluster's manifests has that cluster's
   * addresses.
   */
  readonly #isDefault: boolean;
  /** What is wrong with what Services ask for, whatever others ask for. */
  readonly #wishProblems = new Map<Claim, readonly Problem[]>();
  /** Claims by namespace and Service name. */
  readonly #claims = new Map<string, Map<string, Claim>>();
  /** The claims that name each address. */
  readonly #named = new Map<string, Set<Claim>>();
  /** The addresses that more than one Service names. */
  readonly #disputed = new Set<string>();
  readonly #unsatisfied = new Map<string, Claim>();

  /**
   * `ranges` are those that somebody said; undefined for the default ones. `remembered` is what
   * `allocations` said in an earlier run.
   *
   * @throws RangeError when a range cannot be counted: see `rangeFault`.
   */
  constructor(ranges?: ServiceRanges, remembered: Iterable<Allocation> = []) {
    const { ipv4, ipv6 } = ranges ?? DEFAULT_SERVICE_RANGES;
    const pools = [ipv4, ipv6].flatMap((cidr) => {
      return cidr === undefined ? [] : [new AddressPool(cidr, WELL_KNOWN)];
    });
    this.#pools = new Map(pools.map((pool) => [pool.family, pool]));
    this.#isDefault = ranges === undefined;
    const known = [...remembered];
    for (const pool of pools) pool.remember(known);
  }

  /** The addresses given out, to be remembered, with those of Services that are gone. */
  *allocations(): Iterable<Allocation> {
    for (const pool of this.#pools.values()) yield* pool.allocations();
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
    const owners = [...waiting.keys()].sort();
    const changed = new Set<string>();
    // Those that had an address come first, so that nobody new takes it from them.
    for (const isReturn of [true, false]) {
      for (const owner of owners) {
        // By name again, as the Service may be gone or replaced meanwhile.
        const claim = this.#claimOf(owner);
        if (claim && this.#satisfy(claim, isReturn)) changed.add(claim.service.namespace);
        if (claim === undefined) this.#unsatisfied.delete(owner);
      }
    }
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  /** The Service with its cluster IPs. Ask after `update`. */
  resolve(service: Service): Service {
    return this.#claims.get(service.namespace)?.get(service.name)?.resolved ?? service;
  }

  /**
   * What is wrong with what Services ask for, and Services that got no address; as written in the
   * files.
   */
  problems(): Problem[] {
    const taken = [...this.#disputed].flatMap((ip) => {
      return takenProblems(
        ip,
        [...(this.#named.get(ip) ?? [])].map(({ service }) => service),
      );
    });
    return [...[...this.#wishProblems.values()].flat(), ...taken, ...this.#fullProblems()].sort(
      byOrigin,
    );
  }

  #fullProblems(): Problem[] {
    const claims = [...this.#unsatisfied.values()].sort((a, b) => byOrigin(a.service, b.service));
    return claims.slice(0, MAX_FULL_PROBLEMS).map((claim) => {
      const lacking = this.#wanted(claim.service).filter((family) => !claim.allocated.has(family));
      return fullProblem(claim.service, lacking, this.#pools);
    });
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
      const successor = after.get(service);
      if (successor !== claim) this.#withdraw(claim, successor);
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
    for (const family of this.#wanted(service)) {
      const address = known?.allocated.get(family);
      if (address !== undefined) allocated.set(family, address);
    }
    const owner = `${service.namespace}/${service.name}`;
    return { owner, service, allocated, resolved: this.#withAddresses(service, allocated) };
  }

  /** The families that a Service is to be given an address of, and that there is a range of. */
  #wanted(service: Service): IpFamily[] {
    const [first] = this.#pools.keys();
    return wantedFamilies(service, first ?? 'IPv4').filter((family) => this.#pools.has(family));
  }

  #withAddresses(service: Service, allocated: ReadonlyMap<IpFamily, string>): Service {
    if (allocated.size === 0) return service;
    const given = this.#wanted(service).flatMap((family) => allocated.get(family) ?? []);
    return { ...service, clusterIPs: [...service.clusterIPs, ...given] };
  }

  #withdraw(claim: Claim, successor: Claim | undefined): void {
    for (const [family, address] of claim.allocated) {
      if (successor?.allocated.get(family) !== address) this.#pools.get(family)?.release(address);
    }
    this.#wishProblems.delete(claim);
    for (const ip of namedIPs(claim.service)) {
      const pool = this.#pools.get(ipFamily(ip));
      pool?.unblock(ip);
      // As in a cluster, a Service whose manifest no longer names its address goes on having it.
      if (successor) pool?.remember([{ owner: claim.owner, address: ip }]);
      const claims = this.#named.get(ip);
      claims?.delete(claim);
      if (claims?.size === 0) this.#named.delete(ip);
      if ((claims?.size ?? 0) < 2) this.#disputed.delete(ip);
    }
  }

  #enter(claim: Claim, moving: Set<string>): void {
    const severity = this.#isDefault ? 'hint' : 'warning';
    const problems = wishProblems(claim.service, this.#pools, severity);
    if (problems.length > 0) this.#wishProblems.set(claim, problems);
    for (const ip of namedIPs(claim.service)) {
      const evicted = this.#pools.get(ipFamily(ip))?.block(ip);
      if (evicted !== undefined) moving.add(evicted);
      const claims = this.#named.get(ip) ?? new Set();
      this.#named.set(ip, claims.add(claim));
      if (claims.size > 1) this.#disputed.add(ip);
    }
  }

  /**
   * Allocates what a claim lacks, and what it has lost; with `isReturn` only what is kept for it.
   * Returns whether its addresses changed.
   */
  #satisfy(claim: Claim, isReturn: boolean): boolean {
    let changed = false;
    let isShort = false;
    for (const family of this.#wanted(claim.service)) {
      const pool = this.#pools.get(family);
      const has = claim.allocated.get(family);
      if (has !== undefined && !this.#named.has(has)) continue;
      if (isReturn && pool?.keeps(claim.owner) !== true) continue;
      const address = pool?.allocate(claim.owner);
      changed ||= address !== has;
      if (address === undefined) {
        claim.allocated.delete(family);
        isShort = true;
      } else {
        claim.allocated.set(family, address);
      }
    }
    if (changed) claim.resolved = this.#withAddresses(claim.service, claim.allocated);
    if (isShort) this.#unsatisfied.set(claim.owner, claim);
    else if (!isReturn) this.#unsatisfied.delete(claim.owner);
    return changed;
  }

  #claimOf(owner: string): Claim | undefined {
    const slash = owner.indexOf('/');
    return this.#claims.get(owner.slice(0, slash))?.get(owner.slice(slash + 1));
  }
}

const NO_SERVICES: ReadonlyMap<string, Service> = new Map();
const HEADLESS = 'None';

/** The families a Service is to be given an address of. `first` is the cluster's own first one. */
function wantedFamilies(service: Service, first: IpFamily): IpFamily[] {
  const { clusterIPs, type, ipFamilyPolicy } = service;
  if (type === 'ExternalName' || clusterIPs[0] === HEADLESS) return [];
  const [named] = clusterIPs;
  if (named !== undefined) {
    // A dump of a single-stack cluster has PreferDualStack and one address: that is all it had.
    const lacksOne = clusterIPs.length === 1 && ipFamilyPolicy === 'RequireDualStack';
    return lacksOne ? [otherFamily(ipFamily(named))] : [];
  }
  const primary = service.ipFamilies[0] ?? first;
  return ipFamilyPolicy === 'SingleStack' ? [primary] : [primary, otherFamily(primary)];
}

function otherFamily(family: IpFamily): IpFamily {
  return family === 'IPv4' ? 'IPv6' : 'IPv4';
}

/** The addresses the manifest itself names. */
function namedIPs(service: Service): readonly string[] {
  return service.clusterIPs[0] === HEADLESS ? [] : service.clusterIPs;
}
