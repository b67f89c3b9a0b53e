import type { Ask } from '../helpers/asks.ts';

/** Manifests, the options they are served with, and questions with the replies they must get. */
export interface Table {
  readonly title: string;
  /** Zones of the `kubernetes` block; there is no other block, so other names are refused. */
  readonly zones: readonly string[];
  /** Lines of the `kubernetes` block. */
  readonly block: readonly string[];
  /** YAML documents. Services have no selector, so no controller adds anything. */
  readonly manifests: string;
  readonly asks: readonly Ask[];
}

/** The addresses the tables expect at `ns.dns`: what the server believes its own addresses are. */
export const SERVER_ADDRESSES: readonly string[] = ['192.0.2.53', '2001:db8::53'];

/** The zones of every table but where one says otherwise. */
export const ZONES: readonly string[] = ['cluster.local', '10.in-addr.arpa', 'ip6.arpa'];
