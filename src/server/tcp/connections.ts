import type { Socket } from 'node:net';
import { clientPrefix } from '../../dns/client-prefix.ts';
import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import { Query } from '../../dns/query.ts';
import type { Logger } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { forgivingStalls } from '../../support/awake-time.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { Exchange } from '../exchange.ts';
import type { Limits } from '../limits.ts';
import { Panics } from '../panics.ts';
import { type ConnectionContext, TcpConnection } from './connection.ts';
import { TcpCounters } from './counters.ts';
import { OpenConnections } from './open-connections.ts';
import { copyOptionsTheUsualWay } from './socket-copies.ts';
import { Turns } from './turns.ts';

/**
 * How often deadlines are looked at. Half of the shortest, 200 ms; 2,000 connections take 20 µs.
 */
const TICK_MS = 100;

/** So many sockets are accepted between two calls of `copyOptionsTheUsualWay`. */
const SOCKETS_A_CALL = 64;

/**
 * All TCP connections of the server, whatever address they came to. Gives a new client a place,
 * the one that has been of no use the longest if there is no other, and closes what is overdue.
 * What goes wrong with one of them does not keep the others from what is done to all.
 */
export class TcpConnections {
  readonly counters: TcpCounters;
  readonly #clock: Clock;
  readonly #context: ConnectionContext;
  readonly #panics: Panics;
  readonly #open = new OpenConnections<TcpConnection>();
  #tick: Timer | undefined;
  #admitted = 0;

  constructor(limits: Limits, clock: Clock, metrics: Metrics, log: Logger) {
    // What came while the process stood still is read before anything is closed.
    this.#clock = forgivingStalls(clock);
    const query = new Query();
    query.transport = 'tcp';
    this.#panics = new Panics(log, metrics, () => clock.now());
    this.counters = new TcpCounters(metrics);
    metrics.read('svcdns_tcp_connections', () => this.#open.size);
    this.#context = {
      limits,
      counters: this.counters,
      turns: new Turns(),
      now: () => clock.now(),
      query,
      output: Buffer.allocUnsafeSlow(MAX_MESSAGE_BYTES),
      onClosed: (connection) => this.#remove(connection),
      onPanic: (error) => this.#panics.take(error, CLOSED_ONE),
    };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Queries whose reply is still to come. */
  get pending(): number {
    let pending = 0;
    for (const connection of this.#open.all) pending += connection.inFlight;
    return pending;
  }

  /** Connections whose questions this one answers. */
  openAt(exchange: Exchange): number {
    return this.#at(exchange).length;
  }

  /** Takes over a socket that has just been accepted; `exchange` answers what comes over it. */
  admit(socket: Socket, exchange: Exchange): void {
    this.counters.accepted.add(1);
    if (this.#admitted++ % SOCKETS_A_CALL === 0) copyOptionsTheUsualWay();
    try {
      this.#admit(socket, exchange);
    } catch (error) {
      this.#panics.take(error, CLOSED_ONE);
      this.#refuse(socket);
    }
  }

  /**
   * Takes no more queries for this exchange; each connection closes when its last reply has gone.
   * With `awaitsFirst` one that has sent nothing yet may still send one query.
   */
  finish(exchange: Exchange, awaitsFirst = false): void {
    this.#each(this.#at(exchange), (connection) => connection.finish(awaitsFirst));
  }

  /** Closes every connection whose questions this one answers, now. */
  close(exchange: Exchange): void {
    this.#each(this.#at(exchange), (connection) => connection.close('shutdown'));
  }

  #admit(socket: Socket, exchange: Exchange): void {
    const { remoteAddress: address, remotePort: port } = socket;
    const isGone = address === undefined || port === undefined;
    if (isGone || !this.#makeRoom(clientPrefix(address))) {
      this.#refuse(socket);
      return;
    }
    this.#open.add(new TcpConnection(socket, { address, port }, exchange, this.#context));
    this.#tick ??= this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
  }

  #at(exchange: Exchange): TcpConnection[] {
    return this.#open.all.filter((connection) => connection.exchange === exchange);
  }

  #makeRoom(client: string): boolean {
    const { tcpConnections, tcpConnectionsPerClient } = this.#context.limits;
    if (this.#open.countOf(client) >= tcpConnectionsPerClient) {
      return this.#evictFrom(this.#open.of(client));
    }
    return this.#open.size < tcpConnections || this.#evictFrom(this.#open.all);
  }

  /**
   * Closes the one that has been idle the longest, else the one stuck the longest; false when there
   * is none.
   */
  #evictFrom(connections: readonly TcpConnection[]): boolean {
    const now = this.#clock.now();
    let idle: TcpConnection | undefined;
    let stuck: TcpConnection | undefined;
    for (const connection of connections) {
      if (connection.isIdle) idle = staler(idle, connection);
      else if (connection.isStuck(now)) stuck = staler(stuck, connection);
    }
    const evicted = idle ?? stuck;
    evicted?.close('evicted');
    return evicted !== undefined;
  }

  #refuse(socket: Socket): void {
    this.counters.closed.refused.add(1);
    socket.on('error', () => {}); // a reset that crosses our close
    socket.destroy();
  }

  #remove(connection: TcpConnection): void {
    if (!this.#open.remove(connection)) return;
    if (this.#open.size > 0) return;
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  #closeOverdue(): void {
    const now = this.#clock.now();
    const { tcpConnections } = this.#context.limits;
    this.#each([...this.#open.all], (connection) => {
      const reason = connection.overdue(now, this.#open.size / tcpConnections);
      if (reason !== undefined) connection.close(reason);
    });
    const isEmpty = this.#open.size === 0;
    this.#tick = isEmpty ? undefined : this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
  }

  /** Does the same to all; the one that throws is closed. */
  #each(connections: readonly TcpConnection[], task: (connection: TcpConnection) => void): void {
    for (const connection of connections) {
      try {
        task(connection);
      } catch (error) {
        this.#panics.take(error, CLOSED_ONE);
        this.#closeBroken(connection);
      }
    }
  }

  #closeBroken(connection: TcpConnection): void {
    try {
      connection.close('panic');
    } catch {
      this.#remove(connection); // logged already; at least its place is free
    }
  }
}

const CLOSED_ONE = 'Closed a TCP connection: an error was thrown in its turn';

function staler(one: TcpConnection | undefined, other: TcpConnection): TcpConnection {
  return one === undefined || other.lastUsed < one.lastUsed ? other : one;
}
