import { pushTo } from '../../support/collections.ts';

/** An address and whose it is: what is remembered from one run to the next. */
export interface Allocation {
  readonly owner: string;
  readonly address: string;
}

/** Owners whose addresses are kept while they have none, in case they come back. */
const MAX_KEPT = 10_000;

const NONE: readonly string[] = [];

/**
 * Who has which address, who had it, and which addresses manifests name. All allocators of
 * addresses keep their accounts here; which address an owner is to have is for them to decide.
 */
export class AddressLedger {
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #holders = new Map<string, string[]>();
  /** How many manifests name each address. */
  readonly #named = new Map<string, number>();
  /** By owner; the one that has been without for longest comes first. */
  readonly #kept = new Map<string, readonly string[]>();
  readonly #keptFor = new Map<string, string[]>();
  readonly #changed: (address: string, isUsed: boolean) => void;
  #maxKept = MAX_KEPT;

  /**
   * `changed` is told when an address comes into use, and when it is no longer had, kept or named.
   */
  constructor(changed: (address: string, isUsed: boolean) => void) {
    this.#changed = changed;
  }

  /** The addresses that the owner has. */
  of(owner: string): readonly string[] {
    return this.#addresses.get(owner) ?? NONE;
  }

  /** Those that have an address. */
  owners(): Iterable<string> {
    return this.#addresses.keys();
  }

  holders(address: string): readonly string[] {
    return this.#holders.get(address) ?? NONE;
  }

  isHeld(address: string): boolean {
    return this.#holders.has(address);
  }

  isNamed(address: string): boolean {
    return this.#named.has(address);
  }

  isUsed(address: string): boolean {
    return this.#holders.has(address) || this.#keptFor.has(address) || this.#named.has(address);
  }

  /** The addresses that are kept for an owner until it has one again. */
  kept(owner: string): readonly string[] {
    return this.#kept.get(owner) ?? NONE;
  }

  keptFor(address: string): readonly string[] {
    return this.#keptFor.get(address) ?? NONE;
  }

  /** Kept addresses that no owner has now, in the order in which they may be given to others. */
  *spare(): Generator<string> {
    for (const address of this.#keptFor.keys()) {
      if (!this.isHeld(address) && !this.isNamed(address)) yield address;
    }
  }

  /** Sets what an owner has. What it had is free for others. */
  hold(owner: string, addresses: readonly string[]): void {
    const before = this.of(owner);
    if (addresses.length === 0) this.#addresses.delete(owner);
    else this.#addresses.set(owner, addresses);
    for (const address of addresses) this.#link(this.#holders, address, owner);
    for (const address of before) {
      if (!addresses.includes(address)) this.#unlink(this.#holders, address, owner);
    }
  }

  /** Gives an owner addresses; nothing is kept for it any more. */
  claim(owner: string, addresses: readonly string[]): void {
    this.hold(owner, addresses);
    this.forget(owner);
  }

  /** Gives an owner an address that is its alone: for others it is not kept any more. */
  give(owner: string, address: string): void {
    this.claim(owner, [address]);
    for (const other of [...this.keptFor(address)]) this.forget(other);
  }

  /** Takes an owner's addresses away, and keeps them for it. */
  release(owner: string): void {
    const addresses = this.of(owner);
    if (addresses.length === 0) return;
    this.keep(owner, addresses);
    this.hold(owner, NONE);
  }

  /** Keeps these addresses for an owner, and no others. */
  keep(owner: string, addresses: readonly string[]): void {
    this.#keep(owner, addresses);
    const [longest] = this.#kept.keys();
    if (this.#kept.size > this.#maxKept && longest !== undefined) this.forget(longest);
  }

  forget(owner: string): void {
    const addresses = this.kept(owner);
    this.#kept.delete(owner);
    for (const address of addresses) this.#unlink(this.#keptFor, address, owner);
  }

  /** A manifest names this address. Returns who has to give it up; it is kept for them. */
  name(address: string): string[] {
    const wasUsed = this.isUsed(address);
    this.#named.set(address, (this.#named.get(address) ?? 0) + 1);
    if (!wasUsed) this.#changed(address, true);
    const evicted = [...this.holders(address)];
    for (const owner of evicted) this.release(owner);
    return evicted;
  }

  /** One manifest fewer names it. */
  unname(address: string): void {
    const times = (this.#named.get(address) ?? 0) - 1;
    if (times > 0) this.#named.set(address, times);
    else if (this.#named.delete(address) && !this.isUsed(address)) this.#changed(address, false);
  }

  /** Takes up what was given in an earlier run: as many addresses for each owner. */
  remember(allocations: Iterable<Allocation>, perOwner: number): void {
    for (const { owner, address } of allocations) {
      const known = this.kept(owner);
      if (known.length < perOwner) this.#keep(owner, [...known, address]);
    }
    // All of it: before the manifests have been read, every owner looks as if it were gone.
    this.#maxKept = Math.max(this.#maxKept, this.#kept.size);
  }

  /** What is to be remembered: of those that are gone the last ones, then what `owners` have. */
  *allocations(owners: Iterable<string>): Generator<Allocation> {
    let excess = this.#kept.size - MAX_KEPT;
    for (const [owner, addresses] of this.#kept) {
      if (excess-- > 0) continue;
      for (const address of addresses) {
        // Or the next run could not tell who had it last.
        if (!this.isHeld(address)) yield { owner, address };
      }
    }
    for (const owner of owners) for (const address of this.of(owner)) yield { owner, address };
  }

  #keep(owner: string, addresses: readonly string[]): void {
    const before = this.kept(owner);
    this.#kept.delete(owner);
    this.#kept.set(owner, addresses);
    for (const address of before) this.#unlink(this.#keptFor, address, owner);
    for (const address of addresses) this.#link(this.#keptFor, address, owner);
  }

  #link(links: Map<string, string[]>, address: string, owner: string): void {
    const wasUsed = this.isUsed(address);
    if (!links.get(address)?.includes(owner)) pushTo(links, address, owner);
    if (!wasUsed) this.#changed(address, true);
  }

  #unlink(links: Map<string, string[]>, address: string, owner: string): void {
    const owners = links.get(address) ?? [];
    const at = owners.indexOf(owner);
    if (at >= 0) owners.splice(at, 1);
    if (owners.length > 0 || !links.delete(address)) return;
    if (!this.isUsed(address)) this.#changed(address, false);
  }
}
