import type { Labels, LoadBalancerPoint, Service } from '../../kube/objects.ts';
import { byOrigin } from '../../kube/origin.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import { NO_LABELS } from '../../kube/selector.ts';
import type { Registry } from '../../registry/registry.ts';
import { AddressLedger, type Allocation } from '../addresses/address-ledger.ts';
import { LoadBalancerChooser, type LoadBalancerClaim } from './load-balancer-chooser.ts';
import {
  LOAD_BALANCER_PENDING,
  loadBalancerRequest,
  MAX_ADDRESSES,
} from './load-balancer-request.ts';
import { MetallbPools } from './metallb-pools.ts';

/**
 * Gives addresses to Services of type LoadBalancer, as MetalLB would from the pools in the folder.
 *
 * An address stays with its Service for as long as the Service may have it. One that a manifest
 * names, in a status or as a request, belongs to that Service: if it has been handed out, the other
 * Service moves.
 */
export class LoadBalancerAllocator {
  readonly #pools = new MetallbPools();
  readonly #claims = new Map<string, LoadBalancerClaim>();
  /** Services of another load balancer's class, by namespace. */
  readonly #foreign = new Map<string, readonly Service[]>();
  /** The owners of each namespace's claims. */
  readonly #byNamespace = new Map<string, ReadonlySet<string>>();
  readonly #ledger = new AddressLedger((address, isUsed) => {
    if (!isUsed) for (const pool of this.#pools.all) pool.release(address);
  });
  readonly #chooser = new LoadBalancerChooser(this.#pools, this.#claims, this.#ledger);
  /** Claims that could do with an address. */
  readonly #unsettled = new Set<string>();

  /** `remembered` is what `allocations` said in an earlier run. */
  constructor(remembered: Iterable<Allocation> = []) {
    this.#ledger.remember(remembered, MAX_ADDRESSES);
  }

  /** The addresses given out, to be remembered, with those of Services that are gone. */
  allocations(): Iterable<Allocation> {
    const given = [...this.#claims.values()].filter(({ isFixed }) => !isFixed);
    return this.#ledger.allocations(given.map(({ owner }) => owner).sort());
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
    const poolsChanged = this.#pools.update(registry, dirty);
    this.#chooser.refresh();
    const pending = new Set(poolsChanged ? this.#claims.keys() : this.#unsettled);
    for (const name of dirty) {
      const services = [...(registry.namespace(name)?.writtenServices.values() ?? [])].map(resolve);
      for (const owner of this.#readServices(name, services)) pending.add(owner);
    }
    const labelsOf = (service: Service) =>
      registry.namespace(service.namespace)?.object?.labels ?? NO_LABELS;
    this.#settle(pending, labelsOf);
    const changed = new Set<string>();
    for (const owner of pending) {
      const claim = this.#claims.get(owner);
      if (claim && this.#fillIn(claim)) changed.add(claim.service.namespace);
    }
    for (const name of dirty) changed.delete(name);
    return changed;
  }

  /** The Service with where its load balancer takes traffic. Ask after `update`. */
  resolve(service: Service): Service {
    const claim = this.#claims.get(`${service.namespace}/${service.name}`);
    if (claim === undefined || claim.isFixed || claim.given.length === 0) return service;
    if (claim.service === service) return claim.resolved;
    return { ...service, loadBalancerPoints: claim.given };
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
      const request = loadBalancerRequest(service);
      const none = { fault: undefined, given: [], resolved: service };
      this.#claims.set(owner, { owner, service, request, isFixed, ...none });
      // Until it is settled it keeps what it had, so that this does not look free.
      if (isFixed) this.#ledger.hold(owner, fixedAddresses(service));
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
    const hasRequest = ({ request }: LoadBalancerClaim) => request.addresses.length > 0;
    const hasNone = ({ owner }: LoadBalancerClaim) => this.#ledger.of(owner).length === 0;
    for (const claim of claims()) {
      if (claim.isFixed) for (const rival of this.#evictFor(claim)) pending.add(rival);
    }
    for (const claim of claims()) {
      if (claim.isFixed || hasNone(claim)) continue;
      const has = this.#ledger.of(claim.owner);
      const may = this.#chooser.mayHave(claim, has, labelsOf(claim.service));
      if (!may) this.#drop(claim);
    }
    const choose = (claim: LoadBalancerClaim) => {
      const choice = this.#chooser.choose(claim, labelsOf(claim.service));
      if ('fault' in choice) claim.fault = choice.fault;
      else this.#take(claim, choice.addresses);
    };
    const requesting = claims().filter((claim) => hasRequest(claim) && !claim.isFixed);
    for (const claim of this.#keptFirst(requesting)) {
      if (!hasNone(claim)) continue;
      choose(claim);
      for (const rival of this.#evictFor(claim)) pending.add(rival);
    }
    const others = claims().filter((claim) => !hasRequest(claim) && !claim.isFixed);
    // Before anybody gets a new address: it could be one that is kept.
    for (const claim of others) {
      const kept = this.#ledger.kept(claim.owner);
      if (!hasNone(claim) || kept.length === 0) continue;
      if (this.#chooser.mayHave(claim, kept, labelsOf(claim.service))) this.#take(claim, kept);
    }
    for (const claim of others) {
      if (hasNone(claim)) choose(claim);
      const completed = this.#chooser.complete(claim);
      if (completed) this.#take(claim, completed);
    }
    for (const claim of claims()) {
      const count = this.#ledger.of(claim.owner).length;
      const isShort = claim.fault !== undefined || count < claim.request.families.length;
      if (isShort && !claim.isFixed) this.#unsettled.add(claim.owner);
      else this.#unsettled.delete(claim.owner);
    }
  }

  /** Those that had the address come first, so that no new Service takes it from them. */
  #keptFirst(claims: readonly LoadBalancerClaim[]): LoadBalancerClaim[] {
    const isNew = ({ owner }: LoadBalancerClaim) => this.#ledger.kept(owner).length === 0;
    return [...claims].sort((a, b) => Number(isNew(a)) - Number(isNew(b)));
  }

  /** Takes a claim's addresses from those who did not ask for them. Returns who has to move. */
  #evictFor(claim: LoadBalancerClaim): string[] {
    const has = this.#ledger.of(claim.owner);
    const rivals = has.flatMap((ip) => this.#chooser.rivals(claim, ip));
    const movable = rivals.filter(({ isFixed, request }) => {
      return !isFixed && (claim.isFixed || request.addresses.length === 0);
    });
    for (const rival of movable) this.#drop(rival);
    return movable.map(({ owner }) => owner);
  }

  #take(claim: LoadBalancerClaim, addresses: readonly string[]): void {
    claim.fault = undefined;
    this.#ledger.claim(claim.owner, addresses);
  }

  /** Takes a claim's addresses away, and keeps them for it. */
  #drop({ owner, isFixed }: LoadBalancerClaim): void {
    if (isFixed) this.#ledger.hold(owner, []);
    else this.#ledger.release(owner);
    this.#chooser.refresh();
  }

  /** Fills in what a claim has now. Returns whether its addresses changed, or their pool. */
  #fillIn(claim: LoadBalancerClaim): boolean {
    const points = this.#ledger.of(claim.owner).map((ip) => this.#point(ip));
    const isSame = (point: LoadBalancerPoint, at: number) =>
      point.ip === claim.given[at]?.ip && point.pool === claim.given[at].pool;
    if (points.length === claim.given.length && points.every(isSame)) return false;
    claim.given = points;
    claim.resolved = { ...claim.service, loadBalancerPoints: points };
    return true;
  }

  #point(ip: string): LoadBalancerPoint {
    const pool = this.#pools.all.find((one) => one.has(ip))?.written;
    return pool === undefined ? { ip, hostname: '' } : { ip, hostname: '', pool };
  }
}

function fixedAddresses({ loadBalancerPoints }: Service): string[] {
  return [...new Set(loadBalancerPoints.map(({ ip }) => ip).filter((ip) => ip !== ''))];
}

/** Its class is for a load balancer that only a cluster has. */
function foreignProblem(service: Service): Problem {
  const message = `EXTERNAL-IP stays <pending>: spec.loadBalancerClass ${JSON.stringify(service.loadBalancerClass)} is for another load balancer than MetalLB: write status.loadBalancer.ingress`;
  return objectProblem('hint', LOAD_BALANCER_PENDING, service, message);
}

function claimProblem({ service, fault, owner }: LoadBalancerClaim, hasPools: boolean): Problem[] {
  if (fault === undefined) return [];
  const message = hasPools
    ? `Failed to allocate IP for ${JSON.stringify(owner)}: ${fault}`
    : 'EXTERNAL-IP stays <pending>: no load balancer here: write status.loadBalancer.ingress, or an IPAddressPool of MetalLB';
  return [objectProblem(hasPools ? 'warning' : 'hint', LOAD_BALANCER_PENDING, service, message)];
}
