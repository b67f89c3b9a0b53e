import type { Allocation } from './address-pool.ts';

/** Owners whose addresses are kept. */
const MAX_KEPT = 10_000;

/** Addresses of those who have none now, in case they come back. */
export class KeptAddresses {
  /** The longest without first. */
  readonly #of = new Map<string, readonly string[]>();
  /** For how many owners an address is kept. */
  readonly #counts = new Map<string, number>();
  #max = MAX_KEPT;

  /** Takes up what was given in an earlier run; at most one address of each family. */
  remember(allocations: Iterable<Allocation>): void {
    for (const { owner, address } of allocations) {
      const known = this.#of.get(owner) ?? [];
      if (known.length < 2) this.keep(owner, [...known, address], Number.POSITIVE_INFINITY);
    }
    // All of it: before the manifests have been read, every owner looks as if it were gone.
    this.#max = Math.max(MAX_KEPT, this.#of.size);
  }

  of(owner: string): readonly string[] {
    return this.#of.get(owner) ?? [];
  }

  isKept(address: string): boolean {
    return this.#counts.has(address);
  }

  /** In the order in which they may be given to others. */
  addresses(): Iterable<string> {
    return this.#counts.keys();
  }

  /** Returns the addresses that are kept for nobody any more. */
  keep(owner: string, addresses: readonly string[], max = this.#max): string[] {
    const dropped = this.forget(owner);
    this.#of.set(owner, addresses);
    for (const ip of addresses) this.#counts.set(ip, (this.#counts.get(ip) ?? 0) + 1);
    const [longest] = this.#of.keys();
    if (this.#of.size > max && longest !== undefined) dropped.push(...this.forget(longest));
    return dropped;
  }

  /** Returns the addresses that are kept for nobody any more. */
  forget(owner: string): string[] {
    const addresses = this.of(owner);
    this.#of.delete(owner);
    const dropped: string[] = [];
    for (const ip of addresses) {
      const count = (this.#counts.get(ip) ?? 0) - 1;
      if (count > 0) {
        this.#counts.set(ip, count);
      } else {
        this.#counts.delete(ip);
        dropped.push(ip);
      }
    }
    return dropped;
  }

  /** What is to be remembered: the last ones only. */
  *allocations(): Iterable<Allocation> {
    let excess = this.#of.size - MAX_KEPT;
    for (const [owner, addresses] of this.#of) {
      if (excess-- > 0) continue;
      for (const address of addresses) yield { owner, address };
    }
  }
}
