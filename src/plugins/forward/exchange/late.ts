import type { Counter, Gauge } from '../../../observe/metrics.ts';

/** A question that goes on although its clients have been told that there is no answer yet. */
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
 * The questions of one `forward` line whose answers nobody waits for but a cache, and whoever asks
 * again. They no longer count for `max_concurrent`, so they have a limit of their own, beyond which
 * the oldest is given up.
 */
export class LateFlights {
  readonly #most: number;
  readonly #metrics: LateMetrics;
  readonly #flights = new Set<Late>();
  #isStopped = false;

  constructor(most: number, metrics: LateMetrics) {
    this.#most = most;
    this.#metrics = metrics;
  }

  add(flight: Late): void {
    this.#flights.add(flight);
    this.#metrics.now.add(1);
    if (this.#isStopped) flight.end();
    else if (this.#flights.size > this.#most) this.dropOldest();
  }

  /** It has ended, or a client waits again. */
  remove(flight: Late): void {
    if (this.#flights.delete(flight)) this.#metrics.now.add(-1);
  }

  /** Makes room for a question that somebody waits for. */
  dropOldest(): void {
    const [oldest] = this.#flights;
    if (oldest === undefined) return;
    this.#metrics.dropped.add(1);
    oldest.end();
  }

  /** Ends them all, and those that become late from now on. */
  stop(): void {
    this.#isStopped = true;
    for (const flight of [...this.#flights]) flight.end();
  }
}
