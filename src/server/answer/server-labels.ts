import type { ListenAddress } from '../../corefile/listen-address.ts';
import { addressAndPort, isWildcard, plainAddress, withoutInterface } from '../../dns/address.ts';

/**
 * CoreDNS's names for the servers that a group of sockets is: one for each address of `bind`
 * (`dns://127.0.0.1:53`, `dns://[::1]:53`), and a single `dns://:53` for all addresses.
 */
export class ServerLabels {
  /** In the order of the addresses, at least one. */
  readonly all: readonly string[];
  readonly #places = new Map<string, number>();
  readonly #rest: number;

  constructor(listen: readonly ListenAddress[]) {
    const specs = listen.length === 0 ? [{ address: '', port: 0 }] : listen;
    this.all = specs.map((spec) => `dns://${addressAndPort(spec)}`);
    for (const [place, { address }] of specs.entries()) {
      this.#places.set(withoutInterface(plainAddress(address)), place);
    }
    this.#rest = Math.max(
      0,
      specs.findIndex(({ address }) => isWildcard(address)),
    );
  }

  /** The place in `all` of the server that has this address of ours. */
  placeOf(address: string): number {
    if (this.all.length === 1) return this.#rest;
    return this.#places.get(withoutInterface(address)) ?? this.#rest;
  }
}
