import type { ApiError } from '../client/api-error.ts';

/** client-go's reflector: the first wait, and the longest, ms. */
const FIRST_MS = 800;
const LAST_MS = 30_000;

/**
 * The longest wait where nobody takes the connection, ms. A try is one packet then, which costs no
 * server anything, and a server that is back should be found at once.
 */
const LAST_CONNECT_MS = 2400;

/** A server that wants to be left alone for longer is not believed, ms. */
const MAX_RETRY_AFTER_MS = 120_000;

/** How long to wait before trying again; twice as long after each failure, with jitter. */
export class BackOff {
  readonly #random: () => number;
  #next = FIRST_MS;

  /** `random` gives numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds. */
  after({ fault, retryAfterMs }: Pick<ApiError, 'fault' | 'retryAfterMs'>): number {
    const wait = this.#next * (1 + this.#random());
    if (fault === 'connection') return Math.min(wait, LAST_CONNECT_MS);
    this.#next = Math.min(this.#next * 2, LAST_MS);
    const asked = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + this.#random() / 10);
    return Math.max(Math.min(wait, LAST_MS), asked);
  }

  reset(): void {
    this.#next = FIRST_MS;
  }
}
