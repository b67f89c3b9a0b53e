import type { Clock, Timer } from '../../support/clock.ts';

/** Wait after a failure: 1 s, then twice as long each time, up to a minute. */
const FIRST_MS = 1000;
const LAST_MS = 60_000;

interface Retry {
  timer: Timer | undefined;
  /** The next wait. */
  ms: number;
  /** When it began to serve; undefined since it failed. */
  servesSince: number | undefined;
}

/** When threads that have failed are seen to again. By number, of which there are few. */
export class Retries {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #retries = new Map<number, Retry>();

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  isWaiting(thread: number): boolean {
    return this.#retries.get(thread)?.timer !== undefined;
  }

  /** It answers. That is no end of the trouble: its first queries may be what it dies of. */
  serves(thread: number): void {
    this.#of(thread).servesSince ??= this.#clock.now();
  }

  /** It has failed: after how long it is tried again, ms. A minute of service makes that 1 s. */
  after(thread: number): number {
    const retry = this.#of(thread);
    const since = retry.servesSince;
    if (since !== undefined && this.#clock.now() - since >= LAST_MS) retry.ms = FIRST_MS;
    retry.servesSince = undefined;
    const { ms } = retry;
    retry.ms = Math.min(2 * ms, LAST_MS);
    retry.timer?.cancel();
    retry.timer = this.#clock.setTimeout(() => {
      retry.timer = undefined;
      this.#onDue();
    }, ms);
    return ms;
  }

  /** It is not wanted any more. */
  forget(thread: number): void {
    this.#retries.get(thread)?.timer?.cancel();
    this.#retries.delete(thread);
  }

  stop(): void {
    for (const thread of [...this.#retries.keys()]) this.forget(thread);
  }

  #of(thread: number): Retry {
    const known = this.#retries.get(thread);
    if (known !== undefined) return known;
    const retry = { timer: undefined, ms: FIRST_MS, servesSince: undefined };
    this.#retries.set(thread, retry);
    return retry;
  }
}
