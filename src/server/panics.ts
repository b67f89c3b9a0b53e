import { type Logger, LogLimiter } from '../observe/log.ts';
import type { Counter, Metrics } from '../observe/metrics.ts';

/**
 * Takes errors that only a bug of ours can throw, where one must not cost what stands beside it: it
 * is counted and logged, and whoever called goes on with the rest.
 */
export class Panics {
  readonly #log: Logger;
  readonly #counter: Counter;
  readonly #limiter: LogLimiter;

  /** `now` in milliseconds, monotonic. */
  constructor(log: Logger, metrics: Metrics, now: () => number) {
    this.#log = log;
    this.#counter = metrics.counter('coredns_panics_total');
    this.#limiter = new LogLimiter(now);
  }

  /** Counts an error. `text` says what came of it. */
  take(error: unknown, text: string): void {
    this.#counter.add(1);
    this.#limiter.log((leftOut) => this.#log.error({ err: error, leftOut }, text));
  }

  /** Does something of which an error is taken; resolves when it is over, either way. */
  async guard(text: string, task: () => void | Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.take(error, text);
    }
  }
}
