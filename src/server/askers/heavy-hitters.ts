/** A key that is seen often, with what its owner keeps of it. */
export interface HeavyHitter<Tally> {
  readonly key: string;
  /** How often it is seen now, at least. */
  readonly perSecond: number;
  readonly tally: Tally;
}

interface Place<Tally> {
  readonly key: string;
  /** What was added, as it would count at the table's `#epoch`. */
  weight: number;
  /** How much of that may be others', which had the place before. */
  error: number;
  readonly tally: Tally;
}

/** Weights are counted from a new epoch after so many half-lives, long before they overflow. */
const MAX_HALF_LIVES = 64;

/** A rate over less than this says nothing; ms. */
const LEAST_AGE_MS = 1000;

/**
 * The keys that are seen most often now, in a table of fixed size: Space-Saving (Metwally, Agrawal
 * and El Abbadi, 2005). A key that finds the table full takes the place of the one with the least
 * weight, and inherits that weight: so whatever is seen more often than one in `capacity` is there,
 * however many others come once. What was added fades with a half-life: for that, what is added
 * later weighs more, and nothing has to be aged.
 */
export class HeavyHitters<Tally> {
  readonly #capacity: number;
  readonly #halfLifeMs: number;
  readonly #began: number;
  readonly #places: Place<Tally>[] = [];
  readonly #byKey = new Map<string, Place<Tally>>();
  #epoch: number;
  /** Keys that lost their place to others. */
  evictions = 0;

  /** `now` is when counting begins, ms. */
  constructor(capacity: number, halfLifeMs: number, now: number) {
    this.#capacity = capacity;
    this.#halfLifeMs = halfLifeMs;
    this.#began = now;
    this.#epoch = now;
  }

  get size(): number {
    return this.#places.length;
  }

  /**
   * Counts a key `amount` times at a time, ms, and returns what is kept of it: of a new key what
   * `start` makes.
   */
  add(key: string, amount: number, now: number, start: () => Tally): Tally {
    const weight = amount * this.#growth(now);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.weight += weight;
      return known.tally;
    }
    const isFull = this.#places.length === this.#capacity;
    const at = isFull ? this.#evict() : this.#places.length;
    const error = isFull ? this.#places[at]!.weight : 0;
    const place = { key, weight: error + weight, error, tally: start() };
    this.#places[at] = place;
    this.#byKey.set(key, place);
    return place.tally;
  }

  /** The `limit` keys with the most weight, in this order. */
  top(limit: number, now: number): HeavyHitter<Tally>[] {
    const age = Math.max(now - this.#began, LEAST_AGE_MS);
    // What a steady rate adds up to by now, and without end when the table is old.
    const full = (1 - 2 ** (-age / this.#halfLifeMs)) / (Math.LN2 / (this.#halfLifeMs / 1000));
    const scale = this.#growth(now) * full;
    return [...this.#places]
      .sort((a, b) => b.weight - a.weight)
      .slice(0, limit)
      .map(({ key, weight, error, tally }) => ({
        key,
        tally,
        perSecond: (weight - error) / scale,
      }));
  }

  /** How much more one weighs now than at the epoch. */
  #growth(now: number): number {
    const halfLives = (now - this.#epoch) / this.#halfLifeMs;
    if (halfLives <= MAX_HALF_LIVES) return 2 ** halfLives;
    for (const place of this.#places) {
      place.weight *= 2 ** -halfLives;
      place.error *= 2 ** -halfLives;
    }
    this.#epoch = now;
    return 1;
  }

  /** The key with the least weight leaves its place; which one that was. */
  #evict(): number {
    let least = 0;
    for (let at = 1; at < this.#places.length; at++) {
      if (this.#places[at]!.weight < this.#places[least]!.weight) least = at;
    }
    this.#byKey.delete(this.#places[least]!.key);
    this.evictions++;
    return least;
  }
}
