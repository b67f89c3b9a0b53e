import { getHeapStatistics } from 'node:v8';
import { letNewSpaceGrow } from '../../support/heap.ts';

/**
 * A load is large from so many bytes in use on: a text of 25 MB, or some 2,000 Services. Of 1,000
 * there are 30 MB, and what would be saved in their load is less than the memory that is then not
 * given back.
 */
const LARGE_BYTES = 40 * 2 ** 20;

/** Steps between two looks, which take 5 µs. A file of 35 MB is read in some 200 steps. */
const LOOK_EVERY = 16;

/** What it uses of V8, and whom it tells. */
export interface LoadingHeapOptions {
  readonly usedBytes?: () => number;
  readonly letNewSpaceGrow?: (may: boolean) => void;
  /** Called once, when the load has become a large one. */
  readonly onLarge: () => void;
}

/**
 * Gives new objects more room while a large load is read: with 1 MiB the collector has a third of
 * the CPU time. This ends before the first names are sent: it holds for all threads, and the
 * resolver's heap is not to grow.
 */
export class LoadingHeap {
  readonly #usedBytes: () => number;
  readonly #letNewSpaceGrow: (may: boolean) => void;
  readonly #onLarge: () => void;
  #steps = 0;
  #isLarge = false;
  #isDone = false;

  constructor(options: LoadingHeapOptions) {
    this.#usedBytes = options.usedBytes ?? (() => getHeapStatistics().used_heap_size);
    this.#letNewSpaceGrow = options.letNewSpaceGrow ?? letNewSpaceGrow;
    this.#onLarge = options.onLarge;
  }

  /** A piece of work is done. */
  step(): void {
    if (this.#isDone || ++this.#steps % LOOK_EVERY !== 0) return;
    if (this.#usedBytes() < LARGE_BYTES) return;
    if (!this.#isLarge) this.#onLarge();
    this.#isLarge = true;
    // Again each time: another thread that starts sets it back.
    this.#letNewSpaceGrow(true);
  }

  /** All has been read. */
  done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#isLarge) this.#letNewSpaceGrow(false);
  }
}
