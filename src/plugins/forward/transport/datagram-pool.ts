import type { Counter } from '../../../observe/metrics.ts';
import type { Timer } from '../../../support/clock.ts';
import type { RandomIndex } from '../../../support/random.ts';
import type { DatagramEvents } from '../../datagram.ts';
import {
  type DatagramHold,
  DatagramSocket,
  type DatagramSocketContext,
} from './datagram-socket.ts';
import type { PoolCounters } from './stream-pool.ts';

/**
 * So many sockets must be kept before one of them is used again: then its port tells a forger
 * little, as the next query leaves from any of them. With fewer, each query has its own port.
 */
export const MIN_CHOICE = 8;

/** How much longer than it may be used a socket may stay open; ms. */
export const SWEEP_MS = 1000;

/** Gauges of UDP sockets. */
export interface DatagramGauges {
  readonly asking: Counter;
  readonly kept: Counter;
}

/** Bounds the UDP sockets open at a time: each is a file descriptor and a port. */
export class DatagramSlots {
  readonly #maxAsking: number;
  readonly #maxKept: number;
  readonly #gauges: DatagramGauges;
  #asking = 0;
  #kept = 0;

  /** So many with a query under way, and so many more that are kept for the next ones. */
  constructor(maxAsking: number, maxKept: number, gauges: DatagramGauges) {
    this.#maxAsking = maxAsking;
    this.#maxKept = maxKept;
    this.#gauges = gauges;
  }

  /** Takes a slot for a query; false when there is none. */
  takeAsking(): boolean {
    if (this.#asking >= this.#maxAsking) return false;
    this.#asking++;
    this.#gauges.asking.add(1);
    return true;
  }

  releaseAsking(): void {
    this.#asking--;
    this.#gauges.asking.add(-1);
  }

  /** Takes a slot for a socket without a query; false when there is none. */
  takeKept(): boolean {
    if (this.#kept >= this.#maxKept) return false;
    this.#kept++;
    this.#gauges.kept.add(1);
    return true;
  }

  releaseKept(): void {
    this.#kept--;
    this.#gauges.kept.add(-1);
  }
}

/** What a pool uses of the upstream and the plugin. */
export interface DatagramPoolContext extends DatagramSocketContext {
  readonly randomIndex: RandomIndex;
  readonly slots: DatagramSlots;
  readonly counters: PoolCounters;
}

/**
 * The UDP sockets to one upstream. To open and close one for each query costs more than all else
 * that is done for it, so some are used again: only those whose query was answered, one query at a
 * time, a bounded number of times and for a bounded time. RFC 5452 section 9.2 wants an
 * unpredictable port: the kernel picks it for the socket, and we pick the socket for the query.
 */
export class DatagramPool {
  readonly #context: DatagramPoolContext;
  readonly #kept: DatagramSocket[] = [];
  #sweep: Timer | undefined;
  #isClosed = false;

  constructor(context: DatagramPoolContext) {
    this.#context = context;
  }

  /** Sends a query. Undefined when too many sockets have queries already: then nothing happens. */
  ask(query: Buffer, events: DatagramEvents): DatagramHold | undefined {
    const { slots, counters } = this.#context;
    if (!slots.takeAsking()) return undefined;
    const kept = this.#take();
    if (kept === undefined) counters.miss();
    else counters.hit();
    const socket = kept ?? new DatagramSocket(this.#context, this.#released);
    return socket.ask(query, events);
  }

  /** Nothing has come back since then, `Clock.now()`: sockets opened before may be dead. */
  distrust(since: number): void {
    this.#endThose(({ answeredAt }) => answeredAt < since);
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

  /** One of those that may be used again, at random. */
  #take(): DatagramSocket | undefined {
    while (this.#kept.length >= MIN_CHOICE) {
      const socket = this.#kept[this.#context.randomIndex(this.#kept.length)]!;
      this.#remove(socket);
      if (socket.isUsable) return socket;
      socket.end();
    }
    return undefined;
  }

  /** Its query is over, or it failed without one. */
  readonly #released = (socket: DatagramSocket, wasAsking: boolean): void => {
    const { slots } = this.#context;
    if (wasAsking) slots.releaseAsking();
    else this.#remove(socket);
    if (this.#isClosed || !socket.isUsable || !slots.takeKept()) {
      socket.end();
      return;
    }
    this.#kept.push(socket);
    this.#armSweep();
  };

  #remove(socket: DatagramSocket): void {
    const last = this.#kept.pop()!;
    if (last !== socket) this.#kept[this.#kept.indexOf(socket)] = last;
    this.#context.slots.releaseKept();
    if (this.#kept.length > 0) return;
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  #endThose(isOver: (socket: DatagramSocket) => boolean): void {
    for (const socket of this.#kept.filter(isOver)) {
      this.#remove(socket);
      socket.end();
    }
  }

  #armSweep(): void {
    this.#sweep ??= this.#context.clock.setTimeout(() => {
      this.#sweep = undefined;
      this.#endThose(({ isUsable }) => !isUsable);
      if (this.#kept.length > 0) this.#armSweep();
    }, SWEEP_MS);
  }
}
