/** A batch that would remove more than this part of the names is suspect … */
const MAX_REMOVED_PART = 0.3;

/** … when it is also at least this many names: a folder of five may lose two without fuss. */
const MIN_REMOVED = 10;

/** What to do with a batch of changes. */
export type Verdict = 'apply' | 'hold';

/** Which look at the folder found the batch: only a rescan can confirm a deletion. */
export type Sighting = 'event' | 'rescan';

/**
 * Would removing these names be a disaster rather than an edit? `total` is how many names there are
 * now. A folder that was emptied by accident, or half-copied, looks exactly like this.
 */
export function isMassDeletion(removed: number, total: number): boolean {
  return removed >= MIN_REMOVED && removed > total * MAX_REMOVED_PART;
}

/**
 * Holds a mass deletion back until it has been seen twice, so that a mistake that is put right
 * before the next rescan costs no answer. Names that were already gone at the last look count as
 * confirmed; a deletion that grows meanwhile is held only if its new part is a mass deletion too.
 */
export class DeletionGuard {
  readonly #enabled: boolean;
  #held: ReadonlySet<string> = new Set();

  constructor(enabled = true) {
    this.#enabled = enabled;
  }

  /** The names whose removal is held back. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /**
   * Judges a batch, before it is made. A held batch must be offered again, whole, at the next look
   * at the folder; when it no longer removes anything, the hold is over.
   */
  judge(removed: readonly string[], total: number, sighting: Sighting): Verdict {
    const unconfirmed =
      sighting === 'rescan' ? removed.filter((name) => !this.#held.has(name)) : removed;
    if (!this.#enabled || !isMassDeletion(unconfirmed.length, total)) {
      this.#held = new Set();
      return 'apply';
    }
    this.#held = new Set(removed);
    return 'hold';
  }
}
