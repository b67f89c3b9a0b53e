import type { Clock } from './clock.ts';

/** Lets so many things a second happen, and no more. */
export class PerSecond {
  readonly #clock: Clock;
  readonly #most: number;
  #second = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Whether one more may happen now. It is counted. */
  allows(): boolean {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) [this.#second, this.#count] = [second, 0];
    return ++this.#count <= this.#most;
  }
}
