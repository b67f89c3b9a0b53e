import { ipFamily } from '../../dns/address.ts';
import type { IpFamily, Labels, LoadBalancerPoint, Service } from '../../kube/objects.ts';
import type { AddressLedger } from '../addresses/address-ledger.ts';
import type { LoadBalancerPool } from './load-balancer-pool.ts';
import { addressList, type LoadBalancerRequest } from './load-balancer-request.ts';
import type { MetallbPools } from './metallb-pools.ts';

/** A Service of type LoadBalancer. */
export interface LoadBalancerClaim {
  /** `namespace/name` */
  readonly owner: string;
  readonly service: Service;
  readonly request: LoadBalancerRequest;
  /** Its addresses are those of its status: nothing is chosen. */
  readonly isFixed: boolean;
  /** Why it has no address, in MetalLB's words. */
  fault: string | undefined;
  /** The addresses that were last filled in. */
  given: readonly LoadBalancerPoint[];
  /** The Service with `given` filled in; made anew only when they change. */
  resolved: Service;
}

/** Addresses, or in MetalLB's words why there are none. */
export type Choice = { readonly addresses: readonly string[] } | { readonly fault: string };

/**
 * Chooses addresses as MetalLB does (v0.15, `internal/allocator/allocator.go`), but always the same
 * ones.
 */
export class LoadBalancerChooser {
  readonly #pools: MetallbPools;
  readonly #claims: ReadonlyMap<string, LoadBalancerClaim>;
  readonly #ledger: AddressLedger;
  /** Pools without an address even among the kept ones: many may ask, but one has to search. */
  readonly #exhausted = new Set<string>();

  constructor(
    pools: MetallbPools,
    claims: ReadonlyMap<string, LoadBalancerClaim>,
    ledger: AddressLedger,
  ) {
    this.#pools = pools;
    this.#claims = claims;
    this.#ledger = ledger;
  }

  /** Addresses have become free, or the pools are others. */
  refresh(): void {
    this.#exhausted.clear();
  }

  /** May the claim have, or keep, exactly these addresses? */
  mayHave(claim: LoadBalancerClaim, addresses: readonly string[], labels: Labels): boolean {
    const { request } = claim;
    const families = addresses.map(ipFamily);
    const isEnough =
      families.length === request.families.length ||
      (request.isOneEnough && families.length === 1 && request.families.length === 2);
    const hasRequested = request.addresses.every((ip) => addresses.includes(ip));
    return (
      request.fault === undefined &&
      hasRequested &&
      isEnough &&
      families.every((family) => request.families.includes(family)) &&
      addresses.every((ip) => this.#isFreeFor(claim, ip)) &&
      this.#pools.all.some((pool) => {
        const isWanted = request.pool === '' || request.pool === pool.name;
        return (
          isWanted && addresses.every((ip) => pool.has(ip)) && pool.isFor(claim.service, labels)
        );
      })
    );
  }

  /** Those who have an address and cannot share it with this one, by name. */
  rivals(claim: LoadBalancerClaim, address: string): LoadBalancerClaim[] {
    return [...this.#ledger.holders(address)]
      .flatMap((owner) => this.#claims.get(owner) ?? [])
      .filter((other) => other !== claim && sharingFault(claim, other) !== undefined)
      .sort((a, b) => (a.owner < b.owner ? -1 : 1));
  }

  #isFreeFor(claim: LoadBalancerClaim, address: string): boolean {
    return this.rivals(claim, address).length === 0;
  }

  /**
   * What the claim is to have, while it has nothing. Only those who did not ask for an address have
   * to make way.
   */
  choose(claim: LoadBalancerClaim, labels: Labels): Choice {
    const { request, service } = claim;
    if (request.fault !== undefined) return { fault: request.fault };
    if (request.addresses.length > 0) return this.#requested(claim, labels);
    if (request.pool !== '') return this.#fromNamedPool(claim, labels);
    const pools = this.#pools.all.filter((pool) => pool.autoAssign && pool.isFor(service, labels));
    for (const isPinned of [true, false]) {
      const found = this.#fromPools(
        claim,
        pools.filter((pool) => pool.isPinned === isPinned),
      );
      if (found) return found;
    }
    return { fault: 'no available IPs' };
  }

  #fromNamedPool(claim: LoadBalancerClaim, labels: Labels): Choice {
    const { pool: name, families } = claim.request;
    const pool = this.#pools.all.find((known) => known.name === name);
    if (pool === undefined) return { fault: `unknown pool ${JSON.stringify(name.slice(0, 253))}` };
    if (!pool.isFor(claim.service, labels)) return { fault: incompatible(pool) };
    const family = families.length === 2 ? 'dual' : String(families[0]).toLowerCase();
    const fault = `no available IPs in pool ${name} for ${family} IPFamily`;
    return this.#fromPools(claim, [pool]) ?? { fault };
  }

  /**
   * From the first pool that has all that is needed; else, where one will do, from the first that
   * has that one.
   */
  #fromPools(claim: LoadBalancerClaim, pools: readonly LoadBalancerPool[]): Choice | undefined {
    const { families, isOneEnough } = claim.request;
    const singles: string[] = [];
    for (const pool of pools) {
      const found = families.flatMap((family) => this.#pick(claim, pool, family) ?? []);
      if (found.length === families.length) return { addresses: found };
      singles.push(...found);
    }
    const [preferred = 'IPv4'] = claim.service.ipFamilies;
    const single = singles.find((ip) => ipFamily(ip) === preferred) ?? singles[0];
    return isOneEnough && single !== undefined ? { addresses: [single] } : undefined;
  }

  /**
   * The first address of the pool that is free or can be shared; else one that is kept for a
   * Service that is gone.
   */
  #pick(claim: LoadBalancerClaim, pool: LoadBalancerPool, family: IpFamily): string | undefined {
    const suits = (ip: string) =>
      ipFamily(ip) === family && pool.has(ip) && this.#isFreeFor(claim, ip);
    const before = this.#ledger.kept(claim.owner).find(suits);
    if (before !== undefined) return before;
    const shared = [...this.#sharedBy(claim.request)].filter(suits);
    const free = pool.firstFree(family, (ip) => this.#ledger.isUsed(ip));
    const [first] = [...shared, ...(free === undefined ? [] : [free])].sort((a, b) =>
      (pool.rank(a) ?? 0n) < (pool.rank(b) ?? 0n) ? -1 : 1,
    );
    return first ?? this.#longestKept(pool, family);
  }

  /** Addresses that are had with the same sharing key. */
  #sharedBy({ sharingKey }: LoadBalancerRequest): ReadonlySet<string> {
    const shared = new Set<string>();
    if (sharingKey === '') return shared;
    for (const { owner, request } of this.#claims.values()) {
      if (request.sharingKey !== sharingKey) continue;
      for (const address of this.#ledger.of(owner)) shared.add(address);
    }
    return shared;
  }

  #longestKept(pool: LoadBalancerPool, family: IpFamily): string | undefined {
    const key = `${family} ${pool.name}`;
    if (this.#exhausted.has(key)) return undefined;
    for (const ip of this.#ledger.spare()) {
      if (ipFamily(ip) === family && pool.has(ip)) return ip;
    }
    this.#exhausted.add(key);
    return undefined;
  }

  #requested(claim: LoadBalancerClaim, labels: Labels): Choice {
    const { addresses, pool: name } = claim.request;
    const list = addressList(addresses);
    const pool = this.#pools.all.find((known) => addresses.every((ip) => known.has(ip)));
    if (pool === undefined) return { fault: `${list} is not allowed in config` };
    if (!pool.isFor(claim.service, labels)) return { fault: incompatible(pool) };
    for (const ip of addresses) {
      const rivals = this.rivals(claim, ip).filter(isImmovable);
      const fault = rivals.length === 0 ? undefined : rivalFault(claim, ip, rivals);
      if (fault !== undefined) return { fault };
    }
    if (name === '' || name === pool.name) return { addresses };
    return {
      fault: `requested loadBalancer IP(s) ${list} is not compatible with requested address pool ${name}`,
    };
  }

  /**
   * The addresses of a Service that would rather have two and has one, with a second one from the
   * same pool; undefined when it has to do without.
   */
  complete(claim: LoadBalancerClaim): readonly string[] | undefined {
    const { owner, request } = claim;
    const addresses = this.#ledger.of(owner);
    const [has] = addresses;
    if (has === undefined || addresses.length === request.families.length) return undefined;
    const pool = this.#pools.all.find((known) => known.has(has));
    const lacking = request.families.find((family) => family !== ipFamily(has));
    const second = pool && lacking && this.#pick(claim, pool, lacking);
    if (second === undefined) return undefined;
    return lacking === 'IPv4' ? [second, has] : [has, second];
  }
}

function isImmovable({ isFixed, request }: LoadBalancerClaim): boolean {
  return isFixed || request.addresses.length > 0;
}

function incompatible({ name }: LoadBalancerPool): string {
  return `pool ${name} not compatible for ip assignment`;
}

function rivalFault(
  claim: LoadBalancerClaim,
  ip: string,
  rivals: readonly LoadBalancerClaim[],
): string | undefined {
  const faults = rivals.map((rival) => sharingFault(claim, rival));
  if (faults.includes('key')) {
    const others = rivals.map(({ owner }) => owner).join(',');
    return `can't change sharing key for "${claim.owner}", address also in use by ${others}`;
  }
  const clash = faults.find((fault) => typeof fault === 'object');
  return clash && `port ${clash.port} is already in use on "${ip}"`;
}

/** Why two Services cannot have the same address: another key, or a port that both have. */
function sharingFault(
  { request: one }: LoadBalancerClaim,
  { request: other }: LoadBalancerClaim,
): 'key' | { readonly port: string } | undefined {
  if (one.sharingKey === '' || one.sharingKey !== other.sharingKey) return 'key';
  const port = [...one.ports].find((known) => other.ports.has(known));
  return port === undefined ? undefined : { port };
}
