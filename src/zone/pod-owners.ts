import { sameItems } from '../support/collections.ts';

/** Addresses of Pods whose namespace has become another; null for those that belong to none now. */
export type PodChanges = Map<string, string | null>;

/**
 * Which namespace each Pod address belongs to. One that Pods of two namespaces claim belongs to
 * none: one of the Pods is about to go, and until then it is unknown which of them is
 * asking.
 */
export class PodOwners {
  /** Of each namespace, the addresses of its Pods by name. */
  readonly #pods = new Map<string, Map<string, readonly string[]>>();
  /** The namespace of each Pod that has an address. */
  readonly #claims = new Map<string, readonly string[]>();
  #changes: PodChanges = new Map();

  /** Takes the addresses that a Pod has now; none for one that has gone. */
  set(namespace: string, pod: string, addresses: readonly string[]): void {
    const pods = this.#pods.get(namespace) ?? new Map<string, readonly string[]>();
    const before = pods.get(pod) ?? [];
    if (sameItems(before, addresses)) return;
    for (const address of before) this.#unclaim(address, namespace);
    for (const address of addresses) this.#claim(address, namespace);
    if (addresses.length === 0) pods.delete(pod);
    else pods.set(pod, addresses);
    if (pods.size === 0) this.#pods.delete(namespace);
    else this.#pods.set(namespace, pods);
  }

  /** A namespace has gone with all its Pods. */
  remove(namespace: string): void {
    for (const pod of this.#pods.get(namespace)?.keys() ?? []) this.set(namespace, pod, []);
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
    this.#set(address, claims.toSpliced(claims.indexOf(namespace), 1));
  }

  #set(address: string, claims: readonly string[]): void {
    if (claims.length === 0) this.#claims.delete(address);
    else this.#claims.set(address, claims);
    const [owner] = claims;
    const isOnly = owner !== undefined && claims.every((claim) => claim === owner);
    this.#changes.set(address, isOnly ? owner : null);
  }
}
