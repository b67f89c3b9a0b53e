import type { SeenPodChange } from '../controllers/view-change.ts';
import type { Pod } from '../kube/objects.ts';
import { getOrAdd, withNamed, withoutNamed } from '../support/collections.ts';

/** The Pods of namespaces by the address that gives them their name: the first one. */
export class PodsByAddress {
  readonly #isNamed: (pod: Pod) => boolean;
  /** Those of one address in order of name; most have an address alone. */
  readonly #namespaces = new Map<string, Map<string, readonly Pod[]>>();

  /** Pods for which `isNamed` is false have no name. */
  constructor(isNamed: (pod: Pod) => boolean) {
    this.#isNamed = isNamed;
  }

  /** Takes what changed in a namespace, and returns the addresses that this is about. */
  update(namespace: string, changes: Iterable<SeenPodChange>): Set<string> {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      for (const [pod, change] of [[before, withoutNamed] as const, [after, withNamed] as const]) {
        const address = pod?.podIPs[0];
        if (pod === undefined || address === undefined || !this.#isNamed(pod)) continue;
        const pods = getOrAdd(this.#namespaces, namespace, () => new Map<string, readonly Pod[]>());
        const here = change(pods.get(address) ?? [], pod);
        if (here.length === 0) pods.delete(address);
        else pods.set(address, here);
        touched.add(address);
      }
    }
    return touched;
  }

  remove(namespace: string): void {
    this.#namespaces.delete(namespace);
  }

  /** The addresses of a namespace. */
  addresses(namespace: string): Iterable<string> {
    return this.#namespaces.get(namespace)?.keys() ?? [];
  }

  /** The Pods that have an address, in order of name. */
  at(namespace: string, address: string): readonly Pod[] {
    return this.#namespaces.get(namespace)?.get(address) ?? [];
  }
}
