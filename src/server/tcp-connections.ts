import type { Socket } from 'node:net';
import { clientPrefix } from '../dns/client-prefix.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock, Timer } from '../support/clock.ts';
import type { Exchange } from './exchange.ts';
import type { Limits } from './limits.ts';
import { type ConnectionContext, TcpConnection } from './tcp-connection.ts';
import { TcpCounters } from './tcp-counters.ts';
import { Turns } from './turns.ts';

/** How often deadlines are looked at. Half of the shortest, 200 ms; 2,000 connections take 20 µs. */
const TICK_MS = 100;

/**
 * All TCP connections of the server, whatever address they came to. Gives a new client a place,
 * the one that has been idle the longest if there is no other, and closes what is overdue.
 */
export class TcpConnections {
  readonly counters: TcpCounters;
  readonly #clock: Clock;
  readonly #context: Omit<ConnectionContext, 'exchange'>;
  readonly #clients = new Map<string, Set<TcpConnection>>();
  readonly #open = new Map<TcpConnection, string>();
  #tick: Timer | undefined;

  constructor(limits: Limits, clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.counters = new TcpCounters(metrics);
    metrics.read('svcdns_tcp_connections', () => this.#open.size);
    this.#context = {
      limits,
      counters: this.counters,
      turns: new Turns(),
      now: () => clock.now(),
      output: Buffer.allocUnsafeSlow(0xffff),
      onClosed: (connection) => this.#remove(connection),
    };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Queries whose reply is still to come. */
  get pending(): number {
    let pending = 0;
    for (const connection of this.#open.keys()) pending += connection.inFlight;
    return pending;
  }

  /** Connections whose questions this one answers. */
  openAt(exchange: Exchange): number {
    return this.#at(exchange).length;
  }

  /** Takes over a socket that has just been accepted; `exchange` answers what comes over it. */
  admit(socket: Socket, exchange: Exchange): void {
    this.counters.accepted.add(1);
    const { remoteAddress: address, remotePort: port } = socket;
    const client = clientPrefix(address ?? '');
    const isGone = address === undefined || port === undefined;
    if (isGone || !this.#makeRoom(client)) {
      this.#refuse(socket);
      return;
    }
    const connection = new TcpConnection(socket, { address, port }, { ...this.#context, exchange });
    this.#open.set(connection, client);
    const siblings = this.#clients.get(client);
    if (siblings === undefined) this.#clients.set(client, new Set([connection]));
    else siblings.add(connection);
    this.#tick ??= this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
  }

  /** Takes no more queries for this exchange; each connection closes when its last reply has gone. */
  finish(exchange: Exchange): void {
    for (const connection of this.#at(exchange)) connection.finish();
  }

  /** Closes every connection whose questions this one answers, now. */
  close(exchange: Exchange): void {
    for (const connection of this.#at(exchange)) connection.close('shutdown');
  }

  #at(exchange: Exchange): TcpConnection[] {
    return [...this.#open.keys()].filter((connection) => connection.exchange === exchange);
  }

  #makeRoom(client: string): boolean {
    const siblings = this.#clients.get(client);
    if (siblings !== undefined && siblings.size >= this.#context.limits.tcpConnectionsPerClient) {
      return evictOldestIdle(siblings);
    }
    return (
      this.#open.size < this.#context.limits.tcpConnections || evictOldestIdle(this.#open.keys())
    );
  }

  #refuse(socket: Socket): void {
    this.counters.closed.refused.add(1);
    socket.on('error', () => {}); // a reset that crosses our close
    socket.destroy();
  }

  #remove(connection: TcpConnection): void {
    const client = this.#open.get(connection);
    if (client === undefined) return;
    this.#open.delete(connection);
    const siblings = this.#clients.get(client);
    siblings?.delete(connection);
    if (siblings?.size === 0) this.#clients.delete(client);
    if (this.#open.size > 0) return;
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  #closeOverdue(): void {
    const now = this.#clock.now();
    const { tcpConnections } = this.#context.limits;
    for (const connection of [...this.#open.keys()]) {
      const reason = connection.overdue(now, this.#open.size / tcpConnections);
      if (reason !== undefined) connection.close(reason);
    }
    const isEmpty = this.#open.size === 0;
    this.#tick = isEmpty ? undefined : this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
  }
}

/** False when none of them is idle. */
function evictOldestIdle(connections: Iterable<TcpConnection>): boolean {
  let oldest: TcpConnection | undefined;
  for (const connection of connections) {
    if (!connection.isIdle) continue;
    if (oldest === undefined || connection.lastUsed < oldest.lastUsed) oldest = connection;
  }
  oldest?.close('evicted');
  return oldest !== undefined;
}
