import type { RandomIndex } from '../../support/random.ts';

/** Of so many queries a second each one is looked at; of more, one in some. */
const FULL_RATE = 128;

/** How often the rate is looked at anew, ms. */
const WINDOW_MS = 1000;

/** After a flood it takes at most twice as many queries until each is looked at again. */
const MAX_ONE_IN = 128;

/**
 * Which queries are looked at: all of them while few come, and of many so few that looking at them
 * costs next to nothing. The gaps between them are random, as clients ask in patterns: A and AAAA,
 * and the same search list for each.
 */
export class Sampling {
  readonly #random: RandomIndex;
  #oneIn = 1;
  #began = 0;
  /** Since `#began`: queries that the samples stand for. */
  #seen = 0;
  /** Since the stride was last changed. */
  #taken = 0;

  constructor(random: RandomIndex) {
    this.#random = random;
  }

  /** How many queries each sample stands for now. */
  get oneIn(): number {
    return this.#oneIn;
  }

  /** A sample is taken at this time, ms. Returns after how many more queries the next one is. */
  gap(now: number): number {
    this.#seen += this.#oneIn;
    this.#taken++;
    const elapsed = now - this.#began;
    if (elapsed >= WINDOW_MS) {
      const perSecond = (this.#seen / elapsed) * 1000;
      this.#change(Math.ceil(perSecond / FULL_RATE));
      this.#began = now;
      this.#seen = 0;
    } else if (this.#taken >= FULL_RATE) {
      this.#change(this.#oneIn * 2);
    }
    // From 1 to twice the stride less 1: the stride on average.
    return 1 + this.#random(2 * this.#oneIn - 1);
  }

  #change(oneIn: number): void {
    this.#oneIn = Math.min(Math.max(oneIn, 1), MAX_ONE_IN);
    this.#taken = 0;
  }
}
