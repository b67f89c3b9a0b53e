import type { Clock } from './clock.ts';

/** How much may be used. */
export interface AllowanceLimits {
  /** After a pause, at once. */
  readonly most: number;
  /** Over a longer time. */
  readonly aSecond: number;
}

/** What may be used of something costly: much once in a while, and little all the time. */
export class Allowance {
  readonly #clock: Clock;
  readonly #limits: AllowanceLimits;
  #left: number;
  #asOf: number;

  constructor(clock: Clock, limits: AllowanceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#left = limits.most;
    this.#asOf = clock.now();
  }

  /** Uses so much, if there is as much. */
  take(amount: number): boolean {
    const { most, aSecond } = this.#limits;
    const now = this.#clock.now();
    this.#left = Math.min(most, this.#left + ((now - this.#asOf) / 1000) * aSecond);
    this.#asOf = now;
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }
}
