import type { Clock } from '../../../support/clock.ts';

/**
 * How long a weakness of an upstream is believed; ms. Then it is tried again, at the price of one
 * slower question: what a passing fault or an attacker made us believe must not weaken every later
 * query.
 */
const BELIEVED_MS = 10 * 60_000;

/** What an upstream cannot do, as far as is known. Believed for a while only. */
export class Learned {
  readonly #clock: Clock;
  #foldsUntil = Number.NEGATIVE_INFINITY;
  #withoutEdnsUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It repeats the letters of a question as they were sent (0x20). */
  get keepsCase(): boolean {
    return this.#clock.now() >= this.#foldsUntil;
  }

  /** It takes queries with EDNS. */
  get takesEdns(): boolean {
    return this.#clock.now() >= this.#withoutEdnsUntil;
  }

  foldsNames(): void {
    if (this.keepsCase) this.#foldsUntil = this.#clock.now() + BELIEVED_MS;
  }

  refusesEdns(): void {
    if (this.takesEdns) this.#withoutEdnsUntil = this.#clock.now() + BELIEVED_MS;
  }
}
