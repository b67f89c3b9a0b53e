import { LRUCache } from 'lru-cache';
import type { ByteBudget, Evictable } from './budget.ts';

/** What can be stored: it knows the key it lies under and how much memory it takes. */
export interface Stored {
  readonly slot: string;
  readonly bytes: number;
}

/** Told of what happens in a store. */
export interface StoreGauges {
  readonly entries: { set(value: number): void };
  readonly evictions: { add(amount: number): void };
}

/** Part of the budget that proven entries may fill. The rest is always there for new names. */
const PROVEN_SHARE = 0.8;

/**
 * A cache of two parts, each in the order of last use: an entry starts on probation, and moves to the
 * proven ones when it is asked for again. Eviction takes from the probation first, so a flood of names
 * that are asked for once passes through without pushing out what is in use.
 */
export class SegmentedLru<Value extends Stored> implements Evictable {
  readonly #budget: ByteBudget;
  readonly #probation: LRUCache<string, Value>;
  readonly #proven: LRUCache<string, Value>;
  #gauges: StoreGauges | undefined;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
    // The limits are kept here, over both parts and all stores; lru-cache's own is only a backstop.
    const options = {
      maxSize: 2 * budget.bytes,
      sizeCalculation: (value: Value): number => value.bytes,
    };
    this.#probation = new LRUCache(options);
    this.#proven = new LRUCache(options);
    budget.join(this);
  }

  get size(): number {
    return this.#probation.size + this.#proven.size;
  }

  get bytes(): number {
    return this.#probation.calculatedSize + this.#proven.calculatedSize;
  }

  /** From now on reports here. */
  observe(gauges: StoreGauges): void {
    this.#gauges = gauges;
    gauges.entries.set(this.size);
  }

  /** The entry, which counts as used. */
  get(slot: string): Value | undefined {
    const proven = this.#proven.get(slot);
    if (proven !== undefined) return proven;
    const value = this.#probation.peek(slot);
    if (value === undefined) return undefined;
    this.#probation.delete(slot);
    this.#proven.set(slot, value);
    while (this.#proven.calculatedSize > PROVEN_SHARE * this.#budget.bytes) this.#demote();
    return value;
  }

  /** The entry, unused. */
  peek(slot: string): Value | undefined {
    return this.#proven.peek(slot) ?? this.#probation.peek(slot);
  }

  /** Stores an entry in the place of the one with the same slot, and keeps at most `capacity` entries. */
  set(value: Value, capacity: number): void {
    while (this.#proven.size > PROVEN_SHARE * capacity) this.#demote();
    const part = this.#proven.has(value.slot) ? this.#proven : this.#probation;
    part.set(value.slot, value);
    while (this.size > capacity && this.evictOldest());
    this.#budget.fit();
    this.#gauges?.entries.set(this.size);
  }

  delete(slot: string): void {
    if (this.#probation.delete(slot) || this.#proven.delete(slot)) {
      this.#gauges?.entries.set(this.size);
    }
  }

  clear(): void {
    this.#probation.clear();
    this.#proven.clear();
    this.#gauges?.entries.set(0);
  }

  evictOldest(): boolean {
    const gone = this.#probation.pop() ?? this.#proven.pop();
    if (gone === undefined) return false;
    this.#gauges?.evictions.add(1);
    this.#gauges?.entries.set(this.size);
    return true;
  }

  #demote(): void {
    const value = this.#proven.pop();
    if (value !== undefined) this.#probation.set(value.slot, value);
  }
}
