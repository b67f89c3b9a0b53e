import type { Logger } from '../../observe/log.ts';

/** A network is told of once in so long. */
export const TOLD_EVERY_MS = 60_000;

/** Lines a minute, for all networks: a flood of forged addresses has thousands. */
const MAX_LINES = 10;

/** Tells the log of networks whose replies are limited: a few lines a minute, whatever happens. */
export class LimitLog {
  readonly #log: Logger;
  #startedAt = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `now` in milliseconds. `facts` is asked only for a line that is written. */
  tell(now: number, facts: () => Readonly<Record<string, string>>): void {
    if (now - this.#startedAt >= TOLD_EVERY_MS) {
      this.#startedAt = now;
      this.#lines = 0;
    }
    if (this.#lines >= MAX_LINES) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    const { ...told } = facts();
    this.#log.warn({ ...told, leftOut: this.#leftOut }, 'Replies to a network are limited');
    this.#leftOut = 0;
  }
}
