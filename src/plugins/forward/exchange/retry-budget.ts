/** Extra queries that each question earns: in the long run upstreams get at most so many more. */
const EARNED = 0.4;

/** Extra queries saved up in quiet times. */
const MAX_SAVED = 100;

/** Keeps retries from becoming a storm: each query of a question after the first costs one. */
export class RetryBudget {
  #saved = MAX_SAVED;

  earn(): void {
    this.#saved = Math.min(MAX_SAVED, this.#saved + EARNED);
  }

  /** Whether another query may be sent. */
  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
