import type { DebounceTiming } from '../../../support/debounce.ts';

/**
 * From a change to the look at it. Quiet for long enough to take an editor's save or a ConfigMap
 * update as one; at most 150 ms, as a change has to be in the answers within 250 ms.
 */
const DEBOUNCE = { quietMs: 60, maxWaitMs: 150 };

/**
 * When two looks so close both find changes, these come all the time. Then the next look waits as
 * long as the last one took, 60 to 150 ms; ms.
 */
const BUSY = { leastMs: 60, mostMs: 150 };
const BUSY_MS = 500;

/** The same where it is heard which files change, as then a look costs little. */
const HEARD = { leastMs: 30, mostMs: 60 };

/** So many changed files that one look finds are taken for changes that come all the time. */
const MANY = 50;

/** How soon looks follow each other. */
export class Pace {
  readonly #timing = { ...DEBOUNCE };
  /** When a look last found changes, ms. */
  #changedAt = Number.NEGATIVE_INFINITY;
  #isSteady = false;

  /** From the first ring to the look, as it is at any time. */
  get timing(): DebounceTiming {
    return this.#timing;
  }

  /** Changes never pause: whoever rings for them may rest, as the next look comes all the same. */
  get isSteady(): boolean {
    return this.#isSteady;
  }

  /**
   * A look that began at `now` has taken so long, and found so many files changed. Where it
   * `isHeard` which files change, a pause between two of them is not taken for the end: to wake the
   * doorbell costs more than ten looks.
   */
  looked(now: number, tookMs: number, found: number, isHeard: boolean): void {
    const goesOn = found > 0 || (isHeard && this.#isSteady);
    const isBusy = this.#isMany(found) || (goesOn && now - this.#changedAt < BUSY_MS);
    if (found > 0) this.#changedAt = now;
    this.#isSteady = isBusy;
    const { leastMs, mostMs } = isHeard ? HEARD : BUSY;
    const waitMs = Math.min(Math.max(tookMs, leastMs), mostMs);
    this.#timing.maxWaitMs = isBusy ? waitMs : DEBOUNCE.maxWaitMs;
  }

  /** What is there at the start is no change. */
  #isMany(found: number): boolean {
    return found >= MANY && this.#changedAt > Number.NEGATIVE_INFINITY;
  }
}
