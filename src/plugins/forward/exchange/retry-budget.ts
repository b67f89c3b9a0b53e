/**
 * Extra queries earned by each question. Upstreams see at most this much more than clients ask,
 * over time.
 */
const EARNED = 0.4;

/** Extra queries saved up in quiet times. */
const MOST = 100;

/**
 * Keeps retries from becoming a storm: a second query, for whatever reason, costs one; a question
 * earns less than half.
 */
export class RetryBudget {
  #saved = MOST;

  earn(): void {
    this.#saved = Math.min(MOST, this.#saved + EARNED);
  }

  /** Whether another query may be sent. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
