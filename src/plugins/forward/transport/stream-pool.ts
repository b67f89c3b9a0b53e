import type { Timer } from '../../../support/clock.ts';
import { StreamConnection, type StreamContext, type StreamWaiter } from './stream-connection.ts';

export interface PoolOptions {
  /** How long a connection without queries is kept; ms. */
  readonly expireMs: number;
  /** How old a connection may get before it takes no more queries; ms; 0: any age. */
  readonly maxAgeMs: number;
  /** Connections kept without queries; 0: no limit but the pool's own. */
  readonly maxIdle: number;
}

/** Connections to one upstream; beyond them, queries share. */
const MAX_CONNECTIONS = 8;

/** Counts how often a kept connection spared a handshake. */
export interface PoolCounters {
  hit(): void;
  miss(): void;
}

/** What a pool uses of its upstream and the plugin. */
interface StreamPoolContext extends StreamContext {
  readonly options: PoolOptions;
  readonly counters: PoolCounters;
}

/** The connections to one upstream, kept between queries. */
export class StreamPool {
  readonly #context: StreamPoolContext;
  readonly #connections = new Set<StreamConnection>();
  /** Those without queries, longest idle first, each with the timer that closes it. */
  readonly #idle = new Map<StreamConnection, Timer>();
  #isClosed = false;

  constructor(context: StreamPoolContext) {
    this.#context = context;
  }

  /**
   * Asks over a kept connection, or a new one. When the upstream turns out to have closed the kept
   * one, asks once more over a new one. The function returned gives up waiting.
   */
  ask(query: Buffer, waiter: StreamWaiter): () => void {
    const kept = this.#pick();
    if (kept === undefined) return this.#askNew(query, waiter);
    this.#context.counters.hit();
    let giveUp = () => {};
    const hasReplied = kept.hasReplied;
    giveUp = this.#askOn(kept, query, {
      answered: (bytes) => waiter.answered(bytes),
      failed: (error) => {
        if (hasReplied && !this.#isClosed) giveUp = this.#askNew(query, waiter);
        else waiter.failed(error);
      },
    });
    return () => giveUp();
  }

  /** Closes idle connections now, and the others when their queries are answered. */
  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#idle.keys()]) connection.close();
  }

  /** Undoes `close`: the pool was handed over at a reload. */
  reopen(): void {
    this.#isClosed = false;
  }

  #askNew(query: Buffer, waiter: StreamWaiter): () => void {
    this.#context.counters.miss();
    return this.#askOn(this.#connect(), query, waiter);
  }

  #askOn(connection: StreamConnection, query: Buffer, waiter: StreamWaiter): () => void {
    this.#idle.get(connection)?.cancel();
    this.#idle.delete(connection);
    return connection.ask(query, waiter);
  }

  /** The newest idle connection; else, when there may be no more of them, the least busy one. */
  #pick(): StreamConnection | undefined {
    const idle = [...this.#idle.keys()].reverse().find((connection) => this.#isYoung(connection));
    if (idle !== undefined || this.#connections.size < MAX_CONNECTIONS) return idle;
    let least: StreamConnection | undefined;
    for (const connection of this.#connections) {
      if (!connection.isUsable || !this.#isYoung(connection)) continue;
      if (least === undefined || connection.underWay < least.underWay) least = connection;
    }
    return least;
  }

  #isYoung(connection: StreamConnection): boolean {
    const { maxAgeMs } = this.#context.options;
    return maxAgeMs === 0 || this.#context.clock.now() - connection.openedAt < maxAgeMs;
  }

  #connect(): StreamConnection {
    const connection: StreamConnection = new StreamConnection(this.#context, {
      idle: () => this.#becameIdle(connection),
      ended: () => this.#ended(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  #becameIdle(connection: StreamConnection): void {
    const { expireMs, maxIdle } = this.#context.options;
    const isOver = maxIdle > 0 && this.#idle.size >= maxIdle;
    if (this.#isClosed || isOver || !connection.isUsable || !this.#isYoung(connection)) {
      connection.close();
      return;
    }
    this.#idle.get(connection)?.cancel();
    this.#idle.set(
      connection,
      this.#context.clock.setTimeout(() => connection.close(), expireMs),
    );
  }

  #ended(connection: StreamConnection): void {
    this.#idle.get(connection)?.cancel();
    this.#idle.delete(connection);
    this.#connections.delete(connection);
  }
}
