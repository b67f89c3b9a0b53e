import type { Metrics } from '../../observe/metrics.ts';
import { CACHE_METRICS } from './metrics.ts';

/** Bytes that the caches of one server hold together: what their entries take on the heap. */
export const CACHE_BYTES = 64 * 1024 * 1024;

/** Part of the bytes that denials and failures may have: names that do not exist cost nothing. */
export const NEGATIVE_SHARE = 0.3;

/** Something that holds bytes and can drop its least useful ones. */
export interface Evictable {
  readonly bytes: number;
  /** False when there is nothing left. */
  evictOldest(): boolean;
}

export interface CacheBudgets {
  readonly positive: ByteBudget;
  readonly negative: ByteBudget;
}

/** A limit on what several stores hold together. The largest one evicts. */
export class ByteBudget {
  readonly bytes: number;
  // Weak, so that a store that a reload has left behind is freed. Until it is, its bytes count.
  #members: WeakRef<Evictable>[] = [];

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  get used(): number {
    let used = 0;
    for (const member of this.#members) used += member.deref()?.bytes ?? 0;
    return used;
  }

  join(member: Evictable): void {
    this.#members = this.#members.filter((known) => known.deref() !== undefined);
    this.#members.push(new WeakRef(member));
  }

  /** Evicts until the limit holds. */
  fit(): void {
    while (this.used > this.bytes) {
      if (this.#largest()?.evictOldest() !== true) return;
    }
  }

  #largest(): Evictable | undefined {
    let largest: Evictable | undefined;
    for (const member of this.#members) {
      const store = member.deref();
      if (store !== undefined && store.bytes > (largest?.bytes ?? 0)) largest = store;
    }
    return largest;
  }
}

export function cacheBudgets(bytes = CACHE_BYTES): CacheBudgets {
  const negative = Math.floor(bytes * NEGATIVE_SHARE);
  return { positive: new ByteBudget(bytes - negative), negative: new ByteBudget(negative) };
}

/** The budgets of a server, which is known by its metrics: they too outlive every reload. */
export function budgetsOf(metrics: Metrics): CacheBudgets {
  const known = ofServer.get(metrics);
  if (known !== undefined) return known;
  const budgets = cacheBudgets();
  const shown = metrics.of(CACHE_METRICS);
  shown.read('svcdns_cache_bytes', () => budgets.positive.used, { type: 'success' });
  shown.read('svcdns_cache_bytes', () => budgets.negative.used, { type: 'denial' });
  ofServer.set(metrics, budgets);
  return budgets;
}

const ofServer = new WeakMap<Metrics, CacheBudgets>();
