/** More lines a second have the same cause, and help no reader. */
export const LINES_A_SECOND = 20;

/** Allows so many lines a second, and gives the next one the number of those left out before it. */
export class LineLimit {
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /**
   * `now` in ms, monotonic. The number of lines left out since the last one; undefined: leave out
   * this one too.
   */
  take(now: number): number | undefined {
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines >= LINES_A_SECOND) {
      this.#leftOut++;
      return undefined;
    }
    this.#lines++;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
