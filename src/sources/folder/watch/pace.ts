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
const BUSY_MS = 500;

/** The same where it is heard which files change, as then a look costs little; ms. */
const HEARD_MS = 30;

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
   * A look that began at `now` has taken so long. Where it `isHeard` which files change, a pause
   * between two of them is not taken for the end: to wake the doorbell costs more than ten looks.
   */
  looked(now: number, tookMs: number, hasFound: boolean, isHeard: boolean): void {
    const isBusy = (hasFound || (isHeard && this.#isSteady)) && now - this.#changedAt < BUSY_MS;
    if (hasFound) this.#changedAt = now;
    this.#isSteady = isBusy;
    const { quietMs, maxWaitMs } = DEBOUNCE;
    const least = isHeard ? HEARD_MS : quietMs;
    this.#timing.maxWaitMs = isBusy ? Math.min(Math.max(tookMs, least), maxWaitMs) : maxWaitMs;
  }
}
