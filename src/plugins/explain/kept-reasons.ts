import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { Gauge } from '../../observe/metrics.ts';

/** Reasons by their slots, at most so many: those that have been there longest give way. */
export class KeptReasons {
  readonly #most: number;
  readonly #count: Gauge;
  #young = new Map<string, ExtendedErrorText>();
  #old = new Map<string, ExtendedErrorText>();

  /** `count`: of all that are kept, here and elsewhere. */
  constructor(most: number, count: Gauge) {
    this.#most = most;
    this.#count = count;
  }

  get(slot: string): ExtendedErrorText | undefined {
    return this.#young.get(slot) ?? this.#old.get(slot);
  }

  has(slot: string): boolean {
    return this.#young.has(slot) || this.#old.has(slot);
  }

  set(slot: string, error: ExtendedErrorText): void {
    if (this.#young.size >= this.#most / 2) {
      this.#count.add(-this.#old.size);
      [this.#old, this.#young] = [this.#young, new Map()];
    }
    if (!this.#young.has(slot)) this.#count.add(1);
    this.#young.set(slot, error);
  }

  clear(): void {
    this.#count.add(-(this.#young.size + this.#old.size));
    this.#young = new Map();
    this.#old = new Map();
  }
}
