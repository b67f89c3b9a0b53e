import type { LoadBalancerWish } from '../metallb/load-balancer-request.ts';

/** Somebody who has addresses, or wants some. */
export interface Holder {
  readonly owner: string;
  readonly wish: LoadBalancerWish;
  addresses: readonly string[];
}

/**
 * Who has which load balancer's address. Services may share one when they agree on a key and differ
 * in ports.
 */
export class AddressHolders<T extends Holder> {
  readonly #of = new Map<string, Set<T>>();
  readonly #byKey = new Map<string, Map<string, number>>();

  isHeld(address: string): boolean {
    return this.#of.has(address);
  }

  /** Those who have an address and cannot share it with this one, by name. */
  rivals(holder: T, address: string): T[] {
    return [...(this.#of.get(address) ?? [])]
      .filter((other) => other.owner !== holder.owner && sharingFault(holder, other) !== undefined)
      .sort((a, b) => (a.owner < b.owner ? -1 : 1));
  }

  isFreeFor(holder: T, address: string): boolean {
    return this.rivals(holder, address).length === 0;
  }

  /** Addresses that are had with a sharing key. */
  sharedBy(key: string): Iterable<string> {
    return this.#byKey.get(key)?.keys() ?? [];
  }

  /** Sets what a holder has. Returns the addresses that nobody has any more. */
  give(holder: T, addresses: readonly string[]): string[] {
    const freed: string[] = [];
    for (const address of holder.addresses) {
      const holders = this.#of.get(address);
      holders?.delete(holder);
      this.#count(holder.wish.sharingKey, address, -1);
      if (holders?.size !== 0) continue;
      this.#of.delete(address);
      if (!addresses.includes(address)) freed.push(address);
    }
    for (const address of addresses) {
      const holders = this.#of.get(address) ?? new Set();
      this.#of.set(address, holders.add(holder));
      this.#count(holder.wish.sharingKey, address, 1);
    }
    holder.addresses = addresses;
    return freed;
  }

  #count(key: string, address: string, step: 1 | -1): void {
    if (key === '') return;
    const addresses = this.#byKey.get(key) ?? new Map<string, number>();
    const times = (addresses.get(address) ?? 0) + step;
    if (times > 0) addresses.set(address, times);
    else addresses.delete(address);
    if (addresses.size > 0) this.#byKey.set(key, addresses);
    else this.#byKey.delete(key);
  }
}

/** Why two Services cannot have the same address: another key, or a port that both have. */
export function sharingFault(one: Holder, other: Holder): 'key' | { port: string } | undefined {
  const { sharingKey, ports } = one.wish;
  if (sharingKey === '' || sharingKey !== other.wish.sharingKey) return 'key';
  const port = [...ports].find((known) => other.wish.ports.has(known));
  return port === undefined ? undefined : { port };
}
