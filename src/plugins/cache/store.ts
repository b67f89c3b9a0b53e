import type { Request } from '../plugin.ts';
import type { CacheBudgets } from './budget.ts';
import { answersTo, type Entry, slotOf } from './entry.ts';
import { SegmentedLru } from './segmented-lru.ts';

/** A larger entry is not worth the hundreds of others it would push out. */
export const MAX_ENTRY_BYTES = 64 * 1024;

/** What is stored for one question, whether its time is over or not. */
export interface StoredEntries {
  readonly positive: Entry | undefined;
  /** That the name has no records of the type, and that there is no such name. */
  readonly denials: readonly Entry[];
  readonly failure: Entry | undefined;
}

/**
 * What the cache of a server block holds: answers in one store, denials and failures in another. It
 * outlives the plugin that uses it: after a reload the next one goes on with it.
 */
export class CacheStore {
  readonly positive: SegmentedLru<Entry>;
  readonly negative: SegmentedLru<Entry>;

  constructor(budgets: CacheBudgets) {
    this.positive = new SegmentedLru(budgets.positive);
    this.negative = new SegmentedLru(budgets.negative);
  }

  find(request: Request): StoredEntries {
    const denials = [
      take(this.negative, slotOf(request, 'denial'), request),
      take(this.negative, slotOf(request, 'name'), request),
    ];
    return {
      positive: take(this.positive, slotOf(request, 'positive'), request),
      denials: denials.filter((entry) => entry !== undefined),
      failure: take(this.negative, slotOf(request, 'failure'), request),
    };
  }

  /**
   * Stores an entry; what it proves wrong goes. With `keepPositive` a denial leaves the answer it denies in place. An
   * entry that replaces another goes on counting its hits.
   */
  put(request: Request, entry: Entry, capacity: number, keepPositive: boolean): void {
    if (entry.bytes > MAX_ENTRY_BYTES) {
      if (entry.kind !== 'failure') this.forget(request, keepPositive);
      return;
    }
    const store = entry.kind === 'positive' ? this.positive : this.negative;
    const before = store.peek(entry.slot);
    entry.hits = before?.hits ?? 0;
    entry.lastHitAt = before?.lastHitAt ?? entry.lastHitAt;
    if (entry.kind !== 'failure') {
      this.forget(request, keepPositive && entry.kind === 'denial', entry.slot);
    }
    store.set(entry, capacity);
  }

  /** Lets go of what is stored for a question, save for one slot. */
  forget(request: Request, keepPositive: boolean, except?: string): void {
    const positive = slotOf(request, 'positive');
    if (!keepPositive && positive !== except) this.positive.delete(positive);
    for (const kind of ['denial', 'name', 'failure'] as const) {
      const slot = slotOf(request, kind);
      if (slot !== except) this.negative.delete(slot);
    }
  }
}

/** An entry that is not the question's is none. */
function take(store: SegmentedLru<Entry>, slot: string, request: Request): Entry | undefined {
  const entry = store.get(slot);
  return entry !== undefined && answersTo(entry, request) ? entry : undefined;
}
