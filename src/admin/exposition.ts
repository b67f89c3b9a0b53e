import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../support/clock.ts';

/** At most one part in this many of all time is spent on writing the metrics. */
const SHARE = 10;

/**
 * The text of `/metrics`. Writing it takes at most a tenth of the time, however many scrapes there
 * are. No scrape gets an old text: one that arrives too early, or while a text is being written,
 * waits for the next, and all that wait get the same.
 */
export class Exposition {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  #next: Promise<string> | undefined;
  /** When the next may be begun, `Clock.now()`. */
  #from = Number.NEGATIVE_INFINITY;

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The metrics at some time after this call. */
  text(): Promise<string> {
    this.#next ??= this.#wait().then(() => this.#write());
    return this.#next;
  }

  async #wait(): Promise<void> {
    const ms = this.#from - this.#clock.now();
    if (ms > 0) await new Promise<void>((done) => this.#clock.setTimeout(done, ms));
  }

  async #write(): Promise<string> {
    this.#next = undefined; // for later scrapes this text is already old
    const began = this.#clock.now();
    try {
      return await this.#metrics.text();
    } finally {
      const ended = this.#clock.now();
      this.#from = ended + (SHARE - 1) * (ended - began);
    }
  }
}
