import type { Clock, Timer } from '../../support/clock.ts';

/** Events that come together are taken together. Ms. */
const GATHER_MS = 10;

/**
 * After a crowd of so many objects more will come, and to take a change costs 1 ms beside what its
 * objects do: 500 slices a second are 25 changes. Ms from one to the next.
 */
const CROWD = 5;
const AFTER_CROWD_MS = 40;

/** Has what comes one by one taken as few changes. */
export class Gathering {
  readonly #clock: Clock;
  readonly #take: (since: number) => number;
  #timer: Timer | undefined;
  /** `Clock.now()` of the first that waits. */
  #since: number;
  /** When the next change may be taken, `Clock.now()`. */
  #nextAt = 0;

  /** `take` is told when the first came, `Clock.now()`, and returns how many there were. */
  constructor(clock: Clock, take: (since: number) => number) {
    this.#clock = clock;
    this.#take = take;
    this.#since = clock.now();
  }

  /** Something has come: it is taken soon. */
  call(): void {
    if (this.#timer !== undefined) return;
    this.#since = this.#clock.now();
    const ms = Math.max(GATHER_MS, this.#nextAt - this.#since);
    this.#timer = this.#clock.setTimeout(() => this.now(), ms);
  }

  /** Takes what there is. */
  now(): void {
    this.cancel();
    const isCrowd = this.#take(this.#since) >= CROWD;
    this.#nextAt = isCrowd ? this.#clock.now() + AFTER_CROWD_MS : 0;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
