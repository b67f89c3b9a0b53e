import type { Counter, Gauge } from '../../../observe/metrics.ts';

/** An exchange that goes on although its clients have been told that there is no answer yet. */
export interface Late {
  /** Gives it up. */
  end(): void;
}

export interface LateMetrics {
  readonly now: Gauge;
  /** Given up before their time. */
  readonly dropped: Counter;
}

/**
 * The exchanges of one `forward` line that no client waits for: their answers are for a cache, and
 * for clients that ask again. They do not count for `max_concurrent`, so they have a limit of their
 * own, beyond which the oldest is given up.
 */
export class LateExchanges {
  readonly #max: number;
  readonly #metrics: LateMetrics;
  readonly #exchanges = new Set<Late>();
  #isStopped = false;

  constructor(max: number, metrics: LateMetrics) {
    this.#max = max;
    this.#metrics = metrics;
  }

  add(exchange: Late): void {
    this.#exchanges.add(exchange);
    this.#metrics.now.add(1);
    if (this.#isStopped) exchange.end();
    else if (this.#exchanges.size > this.#max) this.dropOldest();
  }

  /** It has ended, or a client waits again. */
  remove(exchange: Late): void {
    if (this.#exchanges.delete(exchange)) this.#metrics.now.add(-1);
  }

  /** Makes room for a question that a client waits for. */
  dropOldest(): void {
    const [oldest] = this.#exchanges;
    if (oldest === undefined) return;
    this.#metrics.dropped.add(1);
    oldest.end();
  }

  /** Ends them all, and those that become late from now on. */
  stop(): void {
    this.#isStopped = true;
    for (const exchange of [...this.#exchanges]) exchange.end();
  }
}
