import type { Clock } from '../../../support/clock.ts';

/** 16 of the longest messages a second, and 64 in a row after a quiet time. */
const BYTES_PER_SECOND = 1024 * 1024;
const MAX_BYTES = 4 * BYTES_PER_SECOND;

/**
 * Keeps replies of thousands of records from taking all CPU time: reading one takes several ms,
 * others take some µs, and the owner of a zone can make us ask for any number of them.
 */
export class LargeReplies {
  readonly #clock: Clock;
  #saved = MAX_BYTES;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a message of so many bytes may be read now. */
  take(bytes: number): boolean {
    const now = this.#clock.now();
    this.#saved = Math.min(MAX_BYTES, this.#saved + ((now - this.#at) / 1000) * BYTES_PER_SECOND);
    this.#at = now;
    if (this.#saved < bytes) return false;
    this.#saved -= bytes;
    return true;
  }
}
