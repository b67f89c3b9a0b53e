import { ipFamily } from '../../dns/address.ts';
import { isHeadless } from '../../kube/headless.ts';
import type { IpFamily, Service } from '../../kube/objects.ts';
import { byOrigin } from '../../kube/origin.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { getOrAdd } from '../../support/collections.ts';
import { AddressAllocator } from './address-allocator.ts';
import type { Allocation } from './address-ledger.ts';
import type { Reservations } from './address-search.ts';
import { fullProblem, requestProblems, takenProblems } from './cluster-ip-problems.ts';
import type { ServiceRanges } from './numbered-range.ts';

/**
 * kubeadm's default, and for IPv6 what its dual-stack example has, but with as many addresses as
 * the IPv4 range.
 */
export const DEFAULT_SERVICE_RANGES: ServiceRanges = {
  ipv4: '10.96.0.0/12',
  ipv6: 'fd00:10:96::/108',
};

/** The two well-known addresses of every cluster. */
const WELL_KNOWN: Reservations = new Map([
  ['default/kubernetes', 1],
  ['kube-system/kube-dns', 10],
]);

/** Services without an address that are reported one by one; a longer list is of no use. */
const MAX_FULL_PROBLEMS = 100;

interface Claim {
  readonly owner: string;
  readonly service: Service;
  /** The families that it is to be given an address of, and that there is a range of. */
  readonly wanted: readonly IpFamily[];
  /** The addresses that it was given, beside those that it names. */
  given: readonly string[];
  /** The Service with `given` filled in; made anew only when they change. */
  resolved: Service;
}

/** Services of a namespace that may have changed. */
interface ServicesChange {
  readonly namespace: string;
  readonly names: ReadonlySet<string>;
  /** Those of them that there are now and that are no cluster's. */
  readonly now: Pick<ReadonlyMap<string, Service>, 'get'>;
}

/**
 * Gives cluster IPs to the Services that have none, as the API server does.
 *
 * An address stays with its Service for as long as the Service needs one. One that a manifest names
 * always belongs to that Service: if it has been handed out, the other Service moves.
 */
export class ClusterIpAllocator {
  readonly #allocator: AddressAllocator;
  /**
   * No ranges were configured: a folder of another cluster's manifests has that cluster's
   * addresses.
   */
  readonly #isDefault: boolean;
  /** What is wrong with what each Service requests, apart from what others request. */
  readonly #requestProblems = new Map<Claim, readonly Problem[]>();
  /** Claims by namespace and Service name. */
  readonly #claims = new Map<string, Map<string, Claim>>();
  /** The claims that name each address. */
  readonly #named = new Map<string, Set<Claim>>();
  /** The addresses that more than one Service names. */
  readonly #disputed = new Set<string>();
  readonly #unsatisfied = new Map<string, Claim>();

  /**
   * `ranges` are those configured; undefined for the default ones. `remembered` is what
   * `allocations` said in an earlier run.
   *
   * @throws RangeError when a range cannot be counted: see `rangeFault`.
   */
  constructor(ranges?: ServiceRanges, remembered: Iterable<Allocation> = []) {
    this.#allocator = new AddressAllocator(
      ranges ?? DEFAULT_SERVICE_RANGES,
      remembered,
      WELL_KNOWN,
    );
    this.#isDefault = ranges === undefined;
  }

  /** The addresses given out, to be remembered, with those of Services that are gone. */
  allocations(): Iterable<Allocation> {
    return this.#allocator.allocations();
  }

  /**
   * Takes the new state of the namespaces that changed, and of single Services of others, by
   * namespace. Returns the namespaces in which another Service than these got another address: they
   * changed too.
   */
  update(
    registry: Registry,
    namespaces: Iterable<string>,
    services: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
  ): Set<string> {
    const changes = this.#changes(registry, new Set(namespaces), services);
    const waiting = new Set(this.#unsatisfied.keys());
    for (const change of changes) this.#replace(change, waiting);
    for (const { namespace, names } of changes) {
      for (const name of names) waiting.add(`${namespace}/${name}`);
    }
    this.#unsatisfied.clear();
    const claims = [...waiting].sort().flatMap((owner) => this.#claimOf(owner) ?? []);
    // Those that had an address come first, so that no new Service takes it from them.
    for (const { owner, wanted } of claims) this.#allocator.restore(owner, wanted);
    for (const { owner, wanted } of claims) this.#allocator.claim(owner, wanted);
    const looked = new Map(changes.map(({ namespace, names }) => [namespace, names]));
    const changed = new Set<string>();
    for (const claim of claims) {
      const { namespace, name } = claim.service;
      if (this.#settle(claim) && !looked.get(namespace)?.has(name)) changed.add(namespace);
    }
    return changed;
  }

  #changes(
    registry: Registry,
    namespaces: ReadonlySet<string>,
    services: ReadonlyMap<string, ReadonlySet<string>>,
  ): ServicesChange[] {
    const all = [...namespaces].map((namespace) => {
      const now = registry.namespace(namespace)?.writtenServices ?? NO_SERVICES;
      const before = this.#claims.get(namespace) ?? NO_CLAIMS;
      return { namespace, names: new Set([...before.keys(), ...now.keys()]), now };
    });
    const some = [...services].flatMap(([namespace, names]) => {
      if (names.size === 0 || namespaces.has(namespace)) return [];
      const objects = registry.namespace(namespace);
      return { namespace, names, now: { get: (name: string) => objects?.writtenService(name) } };
    });
    return [...all, ...some].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  /** The Service with its cluster IPs. Ask after `update`. */
  resolve(service: Service): Service {
    return this.#claims.get(service.namespace)?.get(service.name)?.resolved ?? service;
  }

  /**
   * What is wrong with what Services request, and Services that got no address; as written in the
   * files.
   */
  problems(): Problem[] {
    const taken = [...this.#disputed].flatMap((ip) => {
      return takenProblems(
        ip,
        [...(this.#named.get(ip) ?? [])].map(({ service }) => service),
      );
    });
    return [...[...this.#requestProblems.values()].flat(), ...taken, ...this.#fullProblems()].sort(
      byOrigin,
    );
  }

  #fullProblems(): Problem[] {
    const claims = [...this.#unsatisfied.values()].sort((a, b) => byOrigin(a.service, b.service));
    return claims.slice(0, MAX_FULL_PROBLEMS).map(({ service, owner, wanted }) => {
      const lacking = wanted.filter(
        (family) => this.#allocator.addressesOf(owner, [family]).length === 0,
      );
      return fullProblem(service, lacking, this.#allocator);
    });
  }

  #replace({ namespace, names, now }: ServicesChange, moving: Set<string>): void {
    const claims = getOrAdd(this.#claims, namespace, () => new Map<string, Claim>());
    const entered: Claim[] = [];
    for (const name of names) {
      const service = now.get(name);
      const before = claims.get(name);
      if (before?.service === service) continue;
      const after = service && this.#claimFor(service);
      if (before !== undefined) this.#withdraw(before, after);
      if (after === undefined) claims.delete(name);
      else {
        claims.set(name, after);
        entered.push(after);
      }
    }
    for (const claim of entered) this.#enter(claim, moving);
    if (claims.size === 0) this.#claims.delete(namespace);
  }

  #claimFor(service: Service): Claim {
    const { families } = this.#allocator;
    const owner = `${service.namespace}/${service.name}`;
    const all = wantedFamilies(service, families[0] ?? 'IPv4');
    const wanted = all.filter((family) => families.includes(family));
    return { owner, service, wanted, given: [], resolved: service };
  }

  /** A changed Service keeps the addresses it was given and still wants. */
  #withdraw(claim: Claim, successor: Claim | undefined): void {
    const { owner, service } = claim;
    this.#allocator.release(owner, successor?.wanted);
    this.#requestProblems.delete(claim);
    for (const ip of namedIPs(service)) {
      this.#allocator.unname(ip);
      // As in a cluster, a Service whose manifest no longer names its address keeps it.
      if (successor) this.#allocator.keep(owner, ip);
      const claims = this.#named.get(ip);
      claims?.delete(claim);
      if (claims?.size === 0) this.#named.delete(ip);
      if ((claims?.size ?? 0) < 2) this.#disputed.delete(ip);
    }
  }

  #enter(claim: Claim, moving: Set<string>): void {
    const severity = this.#isDefault ? 'hint' : 'warning';
    const problems = requestProblems(claim.service, this.#allocator, severity);
    if (problems.length > 0) this.#requestProblems.set(claim, problems);
    for (const ip of namedIPs(claim.service)) {
      const evicted = this.#allocator.name(ip);
      if (evicted !== undefined) moving.add(evicted);
      const claims = getOrAdd(this.#named, ip, () => new Set()).add(claim);
      if (claims.size > 1) this.#disputed.add(ip);
    }
  }

  /** Fills in what a claim has now. Returns whether its addresses changed. */
  #settle(claim: Claim): boolean {
    const { owner, service, wanted, given } = claim;
    const addresses = this.#allocator.addressesOf(owner, wanted);
    if (addresses.length < wanted.length) this.#unsatisfied.set(owner, claim);
    if (addresses.join() === given.join()) return false;
    claim.given = addresses;
    claim.resolved =
      addresses.length === 0
        ? service
        : {
            ...service,
            clusterIPs: [...service.clusterIPs, ...addresses],
            givenClusterIPs: addresses,
          };
    return true;
  }

  #claimOf(owner: string): Claim | undefined {
    const slash = owner.indexOf('/');
    return this.#claims.get(owner.slice(0, slash))?.get(owner.slice(slash + 1));
  }
}

const NO_SERVICES: ReadonlyMap<string, Service> = new Map();
const NO_CLAIMS: ReadonlyMap<string, Claim> = new Map();

/** The families a Service is to be given an address of. `first` is the cluster's own first one. */
function wantedFamilies(service: Service, first: IpFamily): IpFamily[] {
  const { clusterIPs, type, ipFamilyPolicy } = service;
  if (type === 'ExternalName' || isHeadless(service)) return [];
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
  return isHeadless(service) ? [] : service.clusterIPs;
}
