import type { NameKey } from '../../dns/name.ts';
import type { CacheBudgets } from './budget.ts';
import type { Entry } from './entry.ts';
import { NameFilter } from './name-filter.ts';
import { SegmentedLru } from './segmented-lru.ts';
import type { EntryKind, Slots } from './slots.ts';

/** What is stored for one question besides the answer, fresh or not. */
export interface NegativeEntries {
  /** That the name has no records of the type, and that there is no such name. */
  readonly denials: readonly Entry[];
  readonly failure: Entry | undefined;
}

/**
 * What the cache of a server block holds: answers in one store, denials and failures in another. It
 * outlives the plugin that uses it: after a reload the next one may go on with it.
 */
export class CacheStore {
  readonly positive: SegmentedLru<Entry>;
  readonly negative: SegmentedLru<Entry>;
  readonly #names = new NameFilter();
  #users = 0;

  constructor(budgets: CacheBudgets) {
    this.positive = new SegmentedLru(budgets.positive, this.#names);
    this.negative = new SegmentedLru(budgets.negative, this.#names);
  }

  /** One more plugin answers from it. */
  join(): void {
    this.#users++;
  }

  /** One plugin fewer; without any, it is emptied. A failed reload leaves the one before. */
  leave(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.positive.clear();
    this.negative.clear();
  }

  /** False when nothing is stored for any question about the name, fresh or not. */
  mayHave(name: NameKey): boolean {
    return this.#names.mayHave(name);
  }

  /** The answer to a question. */
  findPositive(slots: Slots): Entry | undefined {
    return take(this.positive, slots.of('positive'));
  }

  findNegative(slots: Slots): NegativeEntries {
    const denial = take(this.negative, slots.of('denial'));
    const name = take(this.negative, slots.of('name'));
    const failure = take(this.negative, slots.of('failure'));
    if (denial === undefined && name === undefined) return { denials: NONE, failure };
    return { denials: [denial, name].filter((entry) => entry !== undefined), failure };
  }

  /** The last failure of a question that had only failures since. This does not count as use. */
  lastFailure(slots: Slots): Entry | undefined {
    return this.negative.peek(slots.of('failure'));
  }

  /**
   * Stores an entry; what it proves wrong goes. With `keepPositive` a denial leaves the answer it
   * denies in place. An entry that replaces another goes on counting its hits.
   */
  put(slots: Slots, entry: Entry, capacity: number, keepPositive: boolean): void {
    const store = this.#storeOf(entry.kind);
    const mayReplace = this.mayHave(slots.key);
    if (mayReplace) this.#replace(slots, entry, keepPositive);
    store.set(entry, capacity, mayReplace);
  }

  #replace(slots: Slots, entry: Entry, keepPositive: boolean): void {
    const before = this.#storeOf(entry.kind).peek(entry.slot)?.activity;
    if (before !== undefined) {
      entry.activity = { ...before, failedAt: Number.NEGATIVE_INFINITY };
    }
    if (entry.kind !== 'failure') {
      this.forget(slots, keepPositive && entry.kind === 'denial', entry.slot);
    }
  }

  /** Removes what is stored for a question, except for one slot. */
  forget(slots: Slots, keepPositive: boolean, except?: string): void {
    if (!this.mayHave(slots.key)) return;
    const positive = slots.of('positive');
    if (!keepPositive && positive !== except) this.positive.delete(positive);
    for (const kind of ['denial', 'name', 'failure'] as const) {
      const slot = slots.of(kind);
      if (slot !== except) this.negative.delete(slot);
    }
  }

  #storeOf(kind: EntryKind): SegmentedLru<Entry> {
    return kind === 'positive' ? this.positive : this.negative;
  }
}

const NONE: readonly Entry[] = [];

/** The entry in a slot, if it is the question's own. */
function take(store: SegmentedLru<Entry>, slot: string): Entry | undefined {
  const entry = store.get(slot);
  return entry?.slot === slot ? entry : undefined;
}
