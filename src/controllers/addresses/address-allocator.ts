import { ipFamily } from '../../dns/address.ts';
import type { IpFamily } from '../../kube/objects.ts';
import { AddressLedger, type Allocation } from './address-ledger.ts';
import { AddressSearch, type Reservations } from './address-search.ts';
import type { ServiceRanges } from './numbered-range.ts';

/** A range, and who has which of its addresses. */
interface Pool {
  readonly search: AddressSearch;
  readonly ledger: AddressLedger;
}

/**
 * Gives owners an address of each family: Services their cluster IPs, simulated Pods theirs.
 *
 * An address once given is kept for its owner: no other gets it as long as there are others. One
 * that a manifest names is given to none: its owner has to give it up.
 */
export class AddressAllocator {
  /** Those that there is a range of, IPv4 first. */
  readonly families: readonly IpFamily[];
  readonly #pools = new Map<IpFamily, Pool>();

  /**
   * `remembered` is what `allocations` said in an earlier run.
   *
   * @throws RangeError when a range cannot be counted: see `rangeFault`.
   */
  constructor(
    ranges: ServiceRanges | undefined,
    remembered: Iterable<Allocation> = [],
    reservations: Reservations = new Map(),
  ) {
    const known = [...remembered];
    for (const cidr of [ranges?.ipv4, ranges?.ipv6]) {
      if (cidr === undefined) continue;
      const search = new AddressSearch(cidr, reservations);
      const ledger = new AddressLedger((address, isUsed) => search.setUsed(address, isUsed));
      this.#pools.set(search.family, { search, ledger });
      ledger.remember(usable(known, { search, ledger }), 1);
    }
    this.families = [...this.#pools.keys()];
  }

  /** The addresses given out, to be remembered, with those of owners that are gone. */
  *allocations(): Generator<Allocation> {
    for (const { search, ledger } of this.#pools.values()) {
      const order = (owner: string) => search.hostOf(ledger.of(owner)[0] ?? '') ?? 0;
      const owners = [...ledger.owners()].map((owner) => ({ owner, at: order(owner) }));
      yield* ledger.allocations(owners.sort((a, b) => a.at - b.at).map(({ owner }) => owner));
    }
  }

  /** Undefined for a family that has no range. */
  cidrOf(family: IpFamily): string | undefined {
    return this.#pools.get(family)?.search.cidr;
  }

  /** Is this an address that one of the ranges has to give? */
  has(address: string): boolean {
    return this.#poolOf(address) !== undefined;
  }

  /** What an owner has of these families, in their order. */
  addressesOf(owner: string, families = this.families): string[] {
    return families.flatMap((family) => this.#pools.get(family)?.ledger.of(owner) ?? []);
  }

  /** Is there an address kept for this owner that it can have? */
  keeps(owner: string): boolean {
    return [...this.#pools.values()].some(({ ledger }) => keptFor(owner, ledger) !== undefined);
  }

  /** Gives an owner what it lacks of these families, as far as there is any; what it has then. */
  claim(owner: string, families = this.families): string[] {
    for (const family of families) {
      const pool = this.#pools.get(family);
      const found = pool?.ledger.of(owner).length === 0 ? find(owner, pool) : undefined;
      if (found !== undefined) pool?.ledger.give(owner, found);
    }
    return this.addressesOf(owner, families);
  }

  /** Gives an owner what is kept for it of these families. */
  restore(owner: string, families = this.families): void {
    for (const family of families) {
      const pool = this.#pools.get(family);
      const kept = pool && keptFor(owner, pool.ledger);
      if (kept !== undefined) pool?.ledger.give(owner, kept);
    }
  }

  /** Takes back, and keeps, what an owner has of other families than these. */
  release(owner: string, wanted: readonly IpFamily[] = []): void {
    for (const [family, { ledger }] of this.#pools) {
      if (!wanted.includes(family)) ledger.release(owner);
    }
  }

  /** Keeps an address for an owner that has none, unless another owner has it or is to have it. */
  keep(owner: string, address: string): void {
    const pool = this.#poolOf(address);
    if (pool === undefined) return;
    for (const one of usable([{ owner, address }], pool)) pool.ledger.keep(owner, [one.address]);
  }

  /** A manifest names this address: it is not to be handed out. Returns who has to give it up. */
  name(address: string): string | undefined {
    return this.#poolOf(address)?.ledger.name(address)[0];
  }

  /** One manifest fewer names it. */
  unname(address: string): void {
    this.#poolOf(address)?.ledger.unname(address);
  }

  #poolOf(address: string): Pool | undefined {
    const pool = this.#pools.get(ipFamily(address));
    return pool?.search.hostOf(address) === undefined ? undefined : pool;
  }
}

/** What is kept for an owner, unless a manifest names it meanwhile. */
function keptFor(owner: string, ledger: AddressLedger): string | undefined {
  return ledger.kept(owner).find((address) => !ledger.isNamed(address));
}

function find(owner: string, { search, ledger }: Pool): string | undefined {
  const kept = keptFor(owner, ledger);
  if (kept !== undefined) return kept;
  const own = search.reservedFor(owner);
  if (own !== undefined && !ledger.isHeld(own) && !ledger.isNamed(own)) return own;
  return search.find(owner, () => ledger.spare());
}

/** Passes over what others have or are to have, and other ranges. */
function* usable(allocations: Iterable<Allocation>, pool: Pool): Generator<Allocation> {
  for (const one of allocations) {
    const { owner, address } = one;
    if (!pool.search.mayHave(owner, address) || pool.ledger.isHeld(address)) continue;
    if (pool.ledger.keptFor(address).length === 0) yield one;
  }
}
