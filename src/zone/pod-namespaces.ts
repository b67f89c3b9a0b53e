import { pushTo } from '../support/collections.ts';
import { keySum, ShardedMap } from './table.ts';

/**
 * A change of Pod addresses, in the form that crosses the thread boundary: a namespace is said
 * once, not once an address.
 */
export interface PodChange {
  readonly owned: readonly {
    readonly namespace: string;
    readonly addresses: readonly string[];
  }[];
  readonly gone: readonly string[];
}

/** Which namespace the Pod with an address is in: published like the names, for search paths. */
export class PodNamespaces {
  readonly #byAddress = new ShardedMap<string, string>();

  /** How many addresses there are. */
  get size(): number {
    return this.#byAddress.size;
  }

  apply({ owned, gone }: PodChange): void {
    for (const address of gone) this.#byAddress.delete(address);
    for (const { namespace, addresses } of owned) {
      for (const address of addresses) this.#byAddress.set(address, namespace);
    }
  }

  /**
   * `address` as sockets and manifests write it: canonical, without a zone. Undefined for one that
   * is no Pod's.
   */
  namespaceOf(address: string): string | undefined {
    return this.#byAddress.get(address, keySum(address));
  }

  /** All there is, in changes of at most so many addresses. */
  *content(most: number): Generator<PodChange> {
    let owned = new Map<string, string[]>();
    let count = 0;
    for (const [address, namespace] of this.#byAddress.entries()) {
      pushTo(owned, namespace, address);
      if (++count % most !== 0) continue;
      yield changeOf(owned);
      owned = new Map();
    }
    if (owned.size > 0) yield changeOf(owned);
  }

  *addresses(): Generator<string> {
    for (const [address] of this.#byAddress.entries()) yield address;
  }
}

function changeOf(owned: ReadonlyMap<string, readonly string[]>): PodChange {
  return {
    owned: [...owned].map(([namespace, addresses]) => ({ namespace, addresses })),
    gone: [],
  };
}
