import type { IPAddressPool, Labels, LoadBalancerPoint, Service } from '../../kube/objects.ts';
import { byOrigin } from '../../kube/origin.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { AddressHolders } from '../addresses/address-holders.ts';
import type { Allocation } from '../addresses/address-pool.ts';
import { KeptAddresses } from '../addresses/kept-addresses.ts';
import { LoadBalancerChooser, type LoadBalancerClaim } from './load-balancer-chooser.ts';
import { LOAD_BALANCER_PENDING, loadBalancerWish } from './load-balancer-request.ts';
import { MetallbPools } from './metallb-pools.ts';

/** A Service and its addresses. */
interface Claim extends LoadBalancerClaim {
  /** Why it has no address, in MetalLB's words. */
  fault: string | undefined;
  /** The Service with `addresses` filled in; made anew only when they change. */
  resolved: Service;
}

/**
 * Gives addresses to Services of type LoadBalancer, as MetalLB would from the pools in the folder.
 *
 * An address stays with its Service for as long as the Service may have it. One that a manifest
 * names, in a status or as a wish, belongs to that Service: if it has been handed out, the other
 * Service moves.
 */
export class LoadBalancerAllocator {
  readonly #pools = new MetallbPools();
  readonly #claims = new Map<string, Claim>();
  /** Names of the claims of each namespace. */
  /** Services of another load balancer's class, by namespace. */
  readonly #foreign = new Map<string, readonly Service[]>();
  readonly #byNamespace = new Map<string, ReadonlySet<string>>();
  readonly #holders = new AddressHolders<Claim>();
  readonly #kept = new KeptAddresses();
  readonly #chooser = new LoadBalancerChooser(this.#pools, this.#holders, this.#kept);
  /** Claims that could do with an address. */
  readonly #unsettled = new Set<string>();
  /** What each claim that was touched in this update had before. */
  #before = new Map<string, string>();

  /** `remembered` is what `allocations` said in an earlier run. */
  constructor(remembered: Iterable<Allocation> = []) {
    this.#kept.remember(remembered);
  }

  /** The pool that an address is from. */
  poolOf(address: string): IPAddressPool | undefined {
    return this.#pools.all.find((pool) => pool.has(address))?.written;
  }

  /** The addresses given out, to be remembered, with those of Services that are gone. */
  *allocations(): Iterable<Allocation> {
    for (const allocation of this.#kept.allocations()) {
      // Or the next run could not tell who had it last.
      if (!this.#holders.isHeld(allocation.address)) yield allocation;
    }
    for (const { owner, addresses, isFixed } of [...this.#claims.values()].sort(byOwner)) {
      if (!isFixed) for (const address of addresses) yield { owner, address };
    }
  }

  /**
   * Takes the new state of the namespaces that changed, those in which a cluster IP changed
   * included. `resolve` gives a Service its cluster IPs. Returns the other namespaces in which a
   * Service got another address.
   */
  update(
    registry: Registry,
    namespaces: Iterable<string>,
    resolve: (service: Service) => Service,
  ): Set<string> {
    const dirty = [...new Set(namespaces)].sort();
    this.#before = new Map();
    const poolsChanged = this.#pools.update(registry, dirty);
    this.#chooser.refresh();
    const pending = new Set(poolsChanged ? this.#claims.keys() : this.#unsettled);
    for (const name of dirty) {
      const services = [...(registry.namespace(name)?.services.values() ?? [])].map(resolve);
      for (const owner of this.#readServices(name, services)) pending.add(owner);
    }
    const labelsOf = (service: Service) =>
      registry.namespace(service.namespace)?.object?.labels ?? NO_LABELS;
    this.#settle(pending, labelsOf);
    const changed = new Set<string>();
    for (const [owner, before] of this.#before) {
      const claim = this.#claims.get(owner);
      if (claim && claim.addresses.join() !== before) changed.add(claim.service.namespace);
    }
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  /** The Service with where its load balancer takes traffic. Ask after `update`. */
  resolve(service: Service): Service {
    const claim = this.#claims.get(`${service.namespace}/${service.name}`);
    if (claim === undefined || claim.isFixed || claim.addresses.length === 0) return service;
    return claim.service === service ? claim.resolved : withPoints(service, claim.addresses);
  }

  /** Is the address from one of the pools, as opposed to written in the manifest? */
  isGiven(service: Service): boolean {
    const claim = this.#claims.get(`${service.namespace}/${service.name}`);
    return claim?.isFixed === false && claim.addresses.length > 0;
  }

  /** Services that got no address, and pools that cannot be used as written. */
  problems(): Problem[] {
    const hasPools = this.#pools.all.length > 0;
    const claims = [...this.#claims.values()].sort((a, b) => byOrigin(a.service, b.service));
    return [
      ...this.#pools.problems(),
      ...claims.flatMap((claim) => claimProblem(claim, hasPools)),
      ...[...this.#foreign.values()].flat().sort(byOrigin).map(foreignProblem),
    ];
  }

  /**
   * Returns the claims to be looked at: all of the namespace, as its labels may have changed too.
   */
  #readServices(namespace: string, services: readonly Service[]): ReadonlySet<string> {
    const owners = new Set<string>();
    const foreign: Service[] = [];
    for (const service of services) {
      const isFixed = service.loadBalancerPoints.length > 0;
      if (service.type !== 'LoadBalancer') continue;
      if (service.loadBalancerClass !== '' && !isFixed) {
        foreign.push(service);
        continue;
      }
      const owner = `${namespace}/${service.name}`;
      owners.add(owner);
      const known = this.#claims.get(owner);
      if (known?.service === service) continue;
      const wish = loadBalancerWish(service);
      const fault = undefined;
      const claim = { owner, service, wish, isFixed, addresses: [], fault, resolved: service };
      // Held at once, so that what it had does not look free in between.
      const had = known?.addresses ?? [];
      if (known) this.#give(known, []);
      this.#claims.set(owner, claim);
      this.#give(claim, isFixed ? fixedAddresses(service) : had);
    }
    for (const owner of this.#byNamespace.get(namespace) ?? []) {
      const gone = owners.has(owner) ? undefined : this.#claims.get(owner);
      if (gone === undefined) continue;
      this.#drop(gone);
      this.#claims.delete(owner);
      this.#unsettled.delete(owner);
    }
    if (foreign.length > 0) this.#foreign.set(namespace, foreign);
    else this.#foreign.delete(namespace);
    if (owners.size > 0) this.#byNamespace.set(namespace, owners);
    else this.#byNamespace.delete(namespace);
    return owners;
  }

  #settle(pending: Set<string>, labelsOf: (service: Service) => Labels): void {
    const claims = () => [...pending].sort().flatMap((owner) => this.#claims.get(owner) ?? []);
    const isAsking = ({ wish }: Claim) => wish.addresses.length > 0;
    for (const claim of claims()) {
      if (claim.isFixed) for (const rival of this.#evictFor(claim)) pending.add(rival);
    }
    for (const claim of claims()) {
      if (claim.isFixed || claim.addresses.length === 0) continue;
      const may = this.#chooser.mayHave(claim, claim.addresses, labelsOf(claim.service));
      if (!may) this.#drop(claim);
    }
    const choose = (claim: Claim) => {
      const choice = this.#chooser.choose(claim, labelsOf(claim.service));
      if ('fault' in choice) claim.fault = choice.fault;
      else this.#take(claim, choice.addresses);
    };
    const asking = claims().filter((claim) => isAsking(claim) && !claim.isFixed);
    for (const claim of this.#keptFirst(asking)) {
      if (claim.addresses.length > 0) continue;
      choose(claim);
      for (const rival of this.#evictFor(claim)) pending.add(rival);
    }
    const others = claims().filter((claim) => !isAsking(claim) && !claim.isFixed);
    // Before anybody gets a new address: it could be one that is kept.
    for (const claim of others) {
      const kept = this.#kept.of(claim.owner);
      if (claim.addresses.length > 0 || kept.length === 0) continue;
      if (this.#chooser.mayHave(claim, kept, labelsOf(claim.service))) this.#take(claim, kept);
    }
    for (const claim of others) {
      if (claim.addresses.length === 0) choose(claim);
      const completed = this.#chooser.complete(claim);
      if (completed) this.#take(claim, completed);
    }
    for (const claim of claims()) {
      const isShort =
        claim.fault !== undefined || claim.addresses.length < claim.wish.families.length;
      if (isShort && !claim.isFixed) this.#unsettled.add(claim.owner);
      else this.#unsettled.delete(claim.owner);
    }
  }

  /** Those that had the address come first, so that nobody new takes it from them. */
  #keptFirst(claims: readonly Claim[]): Claim[] {
    const isNew = ({ owner }: Claim) => this.#kept.of(owner).length === 0;
    return [...claims].sort((a, b) => Number(isNew(a)) - Number(isNew(b)));
  }

  /** Takes a claim's addresses from those who did not ask for them. Returns who has to move. */
  #evictFor(claim: Claim): string[] {
    const rivals = claim.addresses.flatMap((ip) => this.#holders.rivals(claim, ip));
    const movable = rivals.filter(({ isFixed, wish }) => {
      return !isFixed && (claim.isFixed || wish.addresses.length === 0);
    });
    for (const rival of movable) this.#drop(rival);
    return movable.map(({ owner }) => owner);
  }

  #take(claim: Claim, addresses: readonly string[]): void {
    claim.fault = undefined;
    this.#give(claim, addresses);
    this.#freed(this.#kept.forget(claim.owner));
  }

  /** Takes a claim's addresses away, and keeps them for it. */
  #drop(claim: Claim): void {
    const { addresses, owner, isFixed } = claim;
    if (addresses.length > 0 && !isFixed) this.#freed(this.#kept.keep(owner, addresses));
    this.#give(claim, []);
  }

  #give(claim: Claim, addresses: readonly string[]): void {
    if (!this.#before.has(claim.owner)) this.#before.set(claim.owner, claim.addresses.join());
    this.#freed(this.#holders.give(claim, addresses));
    claim.resolved = withPoints(claim.service, addresses);
  }

  #freed(addresses: readonly string[]): void {
    if (addresses.length > 0) this.#chooser.refresh();
    for (const ip of addresses) {
      if (this.#holders.isHeld(ip) || this.#kept.isKept(ip)) continue;
      for (const pool of this.#pools.all) pool.release(ip);
    }
  }
}

const NO_LABELS: Labels = new Map();

function byOwner(a: Claim, b: Claim): number {
  return a.owner < b.owner ? -1 : 1;
}

function fixedAddresses({ loadBalancerPoints }: Service): string[] {
  return [...new Set(loadBalancerPoints.map(({ ip }) => ip).filter((ip) => ip !== ''))];
}

function withPoints(service: Service, addresses: readonly string[]): Service {
  const points: LoadBalancerPoint[] = addresses.map((ip) => ({ ip, hostname: '' }));
  return { ...service, loadBalancerPoints: points };
}

/** Its class is for a load balancer that only a cluster has. */
function foreignProblem(service: Service): Problem {
  const { namespace, name, loadBalancerClass, origin } = service;
  return {
    severity: 'hint',
    code: LOAD_BALANCER_PENDING,
    message: `Service "${name}": EXTERNAL-IP stays <pending>: spec.loadBalancerClass ${JSON.stringify(loadBalancerClass)} is for another load balancer than MetalLB: write status.loadBalancer.ingress`,
    origin,
    object: `Service ${namespace}/${name}`,
  };
}

function claimProblem({ service, fault, owner }: Claim, hasPools: boolean): Problem[] {
  if (fault === undefined) return [];
  const advice = hasPools
    ? `Failed to allocate IP for ${JSON.stringify(owner)}: ${fault}`
    : 'EXTERNAL-IP stays <pending>: no load balancer here: write status.loadBalancer.ingress, or an IPAddressPool of MetalLB';
  return [
    {
      severity: hasPools ? 'warning' : 'hint',
      code: LOAD_BALANCER_PENDING,
      message: `Service "${service.name}": ${advice}`,
      origin: service.origin,
      object: `Service ${owner}`,
    },
  ];
}
