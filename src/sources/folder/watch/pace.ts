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

/**
 * Where it is heard which files change, a look costs little but for the changes that it finds: then
 * one begins 60 ms after the one before, after a rest of 10 to 30 ms. What came during a long look
 * has waited already.
 */
const HEARD = { everyMs: 60, leastMs: 10, mostMs: 30 };

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
    if (!isBusy) this.#timing.maxWaitMs = DEBOUNCE.maxWaitMs;
    else if (isHeard) this.listens(tookMs);
    else this.#timing.maxWaitMs = within(tookMs, BUSY);
  }

  /** From the end of a look that has taken so long, it is heard which files change. */
  listens(tookMs: number): void {
    this.#timing.maxWaitMs = within(HEARD.everyMs - tookMs, HEARD);
  }

  /** What is there at the start is no change. */
  #isMany(found: number): boolean {
    return found >= MANY && this.#changedAt > Number.NEGATIVE_INFINITY;
  }
}

function within(ms: number, { leastMs, mostMs }: { leastMs: number; mostMs: number }): number {
  return Math.min(Math.max(ms, leastMs), mostMs);
}
