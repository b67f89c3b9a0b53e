import type { Clock } from '../../../support/clock.ts';

/**
 * How long a missing capability is remembered; ms. Then it is tried again, at the price of one
 * slower query: a passing fault or an attacker must not weaken every later query.
 */
const REMEMBERED_MS = 10 * 60_000;

/** What an upstream can do, as far as is known. */
export class Capabilities {
  readonly #clock: Clock;
  #foldsCaseUntil = Number.NEGATIVE_INFINITY;
  #refusesEdnsUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It repeats the question in the case that was sent (0x20). */
  get keepsCase(): boolean {
    return this.#clock.now() >= this.#foldsCaseUntil;
  }

  /** It takes queries with EDNS. */
  get takesEdns(): boolean {
    return this.#clock.now() >= this.#refusesEdnsUntil;
  }

  foldsCase(): void {
    if (this.keepsCase) this.#foldsCaseUntil = this.#clock.now() + REMEMBERED_MS;
  }

  refusesEdns(): void {
    if (this.takesEdns) this.#refusesEdnsUntil = this.#clock.now() + REMEMBERED_MS;
  }
}
