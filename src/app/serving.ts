import type { SocketAddress } from '../dns/query.ts';
import type { Listeners } from '../server/listen/listeners.ts';
import type { UdpTransport } from '../server/udp/transport.ts';
import type { Admins } from './admins.ts';
import type { Configuration } from './configuration.ts';
import type { LogLevel } from './log-level.ts';
import type { ServerParts } from './shared.ts';
import type { ResolverThreads } from './threads/resolver-threads.ts';

/** A server that runs. Its sockets outlive its configurations. */
export interface Serving {
  readonly shared: ServerParts;
  /** What carries queries over UDP, whatever later configurations say. */
  readonly transport: UdpTransport;
  readonly sockets: Listeners;
  readonly admins: Admins;
  /** Those beside this one. */
  readonly threads: ResolverThreads;
  readonly logLevel: LogLevel;
  /** The one that answers. */
  current: Configuration;
  /** Aborted when the server is to end: from then on it is not ready, and no reload begins. */
  readonly closing: AbortController;
}

/**
 * Our addresses as NS records can have them. Link-local ones mean nothing on another machine, and
 * loopback ones lead everybody to themselves: they are for a server that listens nowhere else.
 */
export function ownAddresses(bound: readonly SocketAddress[]): string[] {
  const all = [...new Set(bound.map(({ address }) => address))];
  const own = all.filter((address) => !address.includes('%'));
  const reachable = own.filter((address) => address !== '::1' && !address.startsWith('127.'));
  return reachable.length > 0 ? reachable : own;
}
