import type { Timer } from '../../../support/clock.ts';
import type { RandomIndex } from '../../random-index.ts';
import type { DatagramGate } from './datagram-gate.ts';
import {
  type DatagramHold,
  PooledDatagram,
  type PooledDatagramContext,
} from './datagram-socket.ts';
import type { DatagramEvents } from './sockets.ts';
import type { PoolCounters } from './stream-pool.ts';

/**
 * A kept socket is used only where so many wait that its port tells a forger little: the next query
 * leaves from any of them. Until then each query has a port of its own, and so it stays while there
 * are few.
 */
export const LEAST_CHOICE = 8;

/** How much longer than it may be used a socket may stay open; ms. */
export const SWEEP_MS = 1000;

/** What a pool needs of its surroundings. */
export interface DatagramPoolContext extends PooledDatagramContext {
  readonly randomIndex: RandomIndex;
  readonly gate: DatagramGate;
  readonly counters: PoolCounters;
}

/**
 * The UDP sockets to one upstream. To make and close one for each query costs more than all else
 * that is done for it, so some are used again: only those whose query was answered, one query at a
 * time, a bounded number of times and for a bounded time. RFC 5452 section 9.2 wants an
 * unpredictable port; it is drawn by the kernel for the socket, and the socket at random for the
 * query.
 */
export class DatagramPool {
  readonly #context: DatagramPoolContext;
  readonly #kept: PooledDatagram[] = [];
  #sweep: Timer | undefined;
  #isClosed = false;

  constructor(context: DatagramPoolContext) {
    this.#context = context;
  }

  /** Sends a query. Undefined when too many sockets have queries already: then nothing happens. */
  ask(query: Buffer, events: DatagramEvents): DatagramHold | undefined {
    const { gate, counters } = this.#context;
    if (!gate.ask()) return undefined;
    const kept = this.#take();
    if (kept === undefined) counters.miss();
    else counters.hit();
    const socket = kept ?? new PooledDatagram(this.#context, this.#released);
    return socket.ask(query, events);
  }

  /**
   * Nothing has come back since then, `Clock.now()`: what was opened before may lead nowhere now.
   */
  distrust(since: number): void {
    for (const socket of this.#kept.filter(({ answeredAt }) => answeredAt < since)) {
      this.#letGo(socket);
      socket.end();
    }
  }

  /** Closes what is kept now, and the others when their queries are over. */
  close(): void {
    this.#isClosed = true;
    this.distrust(Number.POSITIVE_INFINITY);
  }

  /** Undoes `close`: the pool was handed over at a reload. */
  reopen(): void {
    this.#isClosed = false;
  }

  /** One that may be used again, any of them. */
  #take(): PooledDatagram | undefined {
    while (this.#kept.length >= LEAST_CHOICE) {
      const socket = this.#kept[this.#context.randomIndex(this.#kept.length)]!;
      this.#letGo(socket);
      if (socket.isUsable) return socket;
      socket.end();
    }
    return undefined;
  }

  /** Its query is over, or it failed without one. */
  readonly #released = (socket: PooledDatagram, wasAsking: boolean): void => {
    const { gate, clock } = this.#context;
    if (wasAsking) gate.asked();
    else this.#letGo(socket);
    if (this.#isClosed || !socket.isUsable || !gate.keep()) {
      socket.end();
      return;
    }
    this.#kept.push(socket);
    this.#sweep ??= clock.setTimeout(() => this.#sweepUp(), SWEEP_MS);
  };

  #letGo(socket: PooledDatagram): void {
    const last = this.#kept.pop()!;
    if (last !== socket) this.#kept[this.#kept.indexOf(socket)] = last;
    this.#context.gate.letGo();
    if (this.#kept.length > 0) return;
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  /** Those nobody has used for long do not stay open. */
  #sweepUp(): void {
    this.#sweep = undefined;
    for (const socket of this.#kept.filter(({ isUsable }) => !isUsable)) {
      this.#letGo(socket);
      socket.end();
    }
    if (this.#kept.length === 0) return;
    this.#sweep = this.#context.clock.setTimeout(() => this.#sweepUp(), SWEEP_MS);
  }
}
