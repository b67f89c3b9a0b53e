import type { Clock } from '../../../support/clock.ts';

/** Bytes a second, and in a row after a quiet time: 16 of the longest messages, and 64. */
const EARNED_BYTES = 1024 * 1024;
const MOST_BYTES = 4 * EARNED_BYTES;

/**
 * Keeps replies of thousands of records from taking all the time there is: one costs several ms to
 * read, where another costs some µs, and who owns a zone can have us ask for as many as he likes.
 */
export class LargeReplies {
  readonly #clock: Clock;
  #saved = MOST_BYTES;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a message of so many bytes may be read now. */
  take(bytes: number): boolean {
    const now = this.#clock.now();
    this.#saved = Math.min(MOST_BYTES, this.#saved + ((now - this.#at) / 1000) * EARNED_BYTES);
    this.#at = now;
    if (this.#saved < bytes) return false;
    this.#saved -= bytes;
    return true;
  }
}
