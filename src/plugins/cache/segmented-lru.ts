import { LinkedList, type ListNode } from '../../support/linked-list.ts';
import type { ByteBudget, Evictable } from './budget.ts';
import type { StoreGauges } from './metrics.ts';
import type { NameFilter } from './name-filter.ts';

/** What can be stored: it knows its key and how much memory it takes. */
export interface Stored {
  readonly slot: string;
  readonly bytes: number;
}

/** Part of the budget that proven entries may fill. The rest is always free for new names. */
const PROVEN_SHARE = 0.8;

/**
 * A cache of two parts, each in the order of last use: an entry starts on probation, and moves to
 * the proven ones when it is asked for again. Eviction takes from the probation first, so a flood
 * of names that are asked for once passes through without pushing out what is in use.
 */
export class SegmentedLru<Value extends Stored> implements Evictable {
  readonly #budget: ByteBudget;
  readonly #names: NameFilter | undefined;
  readonly #probation = new Recency<Value>();
  readonly #proven = new Recency<Value>();
  #gauges: StoreGauges | undefined;

  /** `names` is told of what is stored. */
  constructor(budget: ByteBudget, names?: NameFilter) {
    this.#budget = budget;
    this.#names = names;
    budget.join(this);
  }

  get size(): number {
    return this.#probation.size + this.#proven.size;
  }

  get bytes(): number {
    return this.#probation.bytes + this.#proven.bytes;
  }

  /** Reports here from now on. */
  observe(gauges: StoreGauges): void {
    this.#gauges = gauges;
    gauges.entries.set(this.size);
  }

  /** The entry, which counts as used. */
  get(slot: string): Value | undefined {
    const value = this.#proven.take(slot) ?? this.#probation.take(slot);
    if (value === undefined) return undefined;
    this.#proven.add(value);
    while (this.#proven.bytes > PROVEN_SHARE * this.#budget.bytes) this.#demote();
    return value;
  }

  /** The entry, unused. */
  peek(slot: string): Value | undefined {
    return this.#proven.peek(slot) ?? this.#probation.peek(slot);
  }

  /**
   * Stores an entry, replacing the one in its slot, and keeps at most `capacity` entries. There
   * must be none in its slot unless it `mayReplace` one.
   */
  set(value: Value, capacity: number, mayReplace = true): void {
    while (this.#proven.size > PROVEN_SHARE * capacity) this.#demote();
    const wasProven = mayReplace && this.#proven.take(value.slot) !== undefined;
    const isNew = !mayReplace || (!wasProven && this.#probation.take(value.slot) === undefined);
    if (isNew) this.#names?.add(value.slot);
    (wasProven ? this.#proven : this.#probation).add(value);
    while (this.size > capacity && this.evictOldest());
    this.#budget.fit();
    this.#gauges?.entries.set(this.size);
  }

  delete(slot: string): void {
    const gone = this.#probation.take(slot) ?? this.#proven.take(slot);
    if (gone === undefined) return;
    this.#names?.remove(slot);
    this.#gauges?.entries.set(this.size);
  }

  clear(): void {
    while (this.#takeOldest() !== undefined);
    this.#gauges?.entries.set(0);
  }

  evictOldest(): boolean {
    if (this.#takeOldest() === undefined) return false;
    this.#gauges?.evictions.add(1);
    this.#gauges?.entries.set(this.size);
    return true;
  }

  #takeOldest(): Value | undefined {
    const gone = this.#probation.takeOldest() ?? this.#proven.takeOldest();
    if (gone !== undefined) this.#names?.remove(gone.slot);
    return gone;
  }

  #demote(): void {
    const value = this.#proven.takeOldest();
    if (value !== undefined) this.#probation.add(value);
  }
}

/** Values in the order in which they were added. */
class Recency<Value extends Stored> {
  readonly #order = new LinkedList<Value>();
  readonly #places = new Map<string, ListNode<Value>>();
  #bytes = 0;

  get size(): number {
    return this.#places.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  peek(slot: string): Value | undefined {
    return this.#places.get(slot)?.value;
  }

  /** There must be none with its slot. */
  add(value: Value): void {
    this.#places.set(value.slot, this.#order.push(value));
    this.#bytes += value.bytes;
  }

  take(slot: string): Value | undefined {
    const place = this.#places.get(slot);
    if (place === undefined) return undefined;
    this.#places.delete(slot);
    this.#order.remove(place);
    this.#bytes -= place.value.bytes;
    return place.value;
  }

  takeOldest(): Value | undefined {
    const oldest = this.#order.first;
    return oldest && this.take(oldest.value.slot);
  }
}
