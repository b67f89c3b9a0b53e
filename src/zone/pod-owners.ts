/** Addresses of Pods whose namespace has become another; null for those that belong to none now. */
export type PodChanges = Map<string, string | null>;

/**
 * Which namespace each Pod address belongs to. One that Pods of two namespaces claim belongs to
 * none: one of the Pods is about to go, and until then it is unknown which of them is
 * asking.
 */
export class PodOwners {
  readonly #addresses = new Map<string, ReadonlySet<string>>();
  readonly #claims = new Map<string, readonly string[]>();
  #changes: PodChanges = new Map();

  /** Takes the addresses that a namespace's Pods have now; none for a namespace that has gone. */
  replace(namespace: string, addresses: Iterable<string>): void {
    const after = new Set(addresses);
    const before = this.#addresses.get(namespace) ?? new Set();
    for (const address of before) if (!after.has(address)) this.#unclaim(address, namespace);
    for (const address of after) if (!before.has(address)) this.#claim(address, namespace);
    if (after.size === 0) this.#addresses.delete(namespace);
    else this.#addresses.set(namespace, after);
  }

  /** What has changed since this was last called. */
  takeChanges(): PodChanges {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  #claim(address: string, namespace: string): void {
    this.#set(address, [...(this.#claims.get(address) ?? []), namespace]);
  }

  #unclaim(address: string, namespace: string): void {
    const claims = this.#claims.get(address) ?? [];
    this.#set(
      address,
      claims.filter((claim) => claim !== namespace),
    );
  }

  #set(address: string, claims: readonly string[]): void {
    if (claims.length === 0) this.#claims.delete(address);
    else this.#claims.set(address, claims);
    const [owner] = claims;
    this.#changes.set(address, owner !== undefined && claims.length === 1 ? owner : null);
  }
}
