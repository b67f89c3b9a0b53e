import type { Clock, Timer } from './clock.ts';

/** When a burst of calls counts as over. */
export interface DebounceTiming {
  /** Run once no call came for this long; ms. */
  readonly quietMs: number;
  /** Run this long after the first call even if calls keep coming; ms. */
  readonly maxWaitMs: number;
}

/**
 * Turns bursts of calls into single runs: after a pause, and never later than a maximum wait, so
 * that a steady stream of calls cannot delay the run for ever.
 */
export class Debounce {
  readonly #clock: Clock;
  readonly #timing: DebounceTiming;
  readonly #run: () => void;
  #timer: Timer | undefined;
  #deadline = 0;
  #quietUntil = 0;

  constructor(clock: Clock, timing: DebounceTiming, run: () => void) {
    this.#clock = clock;
    this.#timing = timing;
    this.#run = run;
  }

  /** Whether a run is due. */
  get pending(): boolean {
    return this.#timer !== undefined;
  }

  /** Asks for a run. */
  call(): void {
    const now = this.#clock.now();
    if (this.#timer === undefined) {
      this.#deadline = now + this.#timing.maxWaitMs;
      this.#wait(this.#timing.quietMs);
    }
    this.#quietUntil = Math.min(now + this.#timing.quietMs, this.#deadline);
  }

  /** Forgets a run that is due. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  // One timer for a burst, postponed when it fires: setting it anew for each of many file events
  // would cost more than the events themselves.
  #wait(ms: number): void {
    this.#timer = this.#clock.setTimeout(() => this.#due(), ms);
  }

  #due(): void {
    const early = this.#quietUntil - this.#clock.now();
    if (early > 0) {
      this.#wait(early);
      return;
    }
    this.#timer = undefined;
    this.#run();
  }
}
