/**
 * Limits one kind of line to one a second, for events that clients or the kernel can cause without
 * limit. The next line has the number of lines left out.
 */
export class LogLimiter {
  readonly #now: () => number;
  readonly #intervalMs: number;
  #last = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  /** `now` in milliseconds, monotonic. */
  constructor(now: () => number, intervalMs = 1000) {
    this.#now = now;
    this.#intervalMs = intervalMs;
  }

  /**
   * Calls `write` with the number of lines left out since it was last called, or counts one more.
   */
  log(write: (leftOut: number) => void): void {
    const now = this.#now();
    if (now - this.#last < this.#intervalMs) {
      this.#leftOut++;
      return;
    }
    const leftOut = this.#leftOut;
    this.#last = now;
    this.#leftOut = 0;
    write(leftOut);
  }
}
