import { getHeapStatistics } from 'node:v8';
import { inlineLittle, letNewSpaceGrow } from '../../support/heap.ts';

/**
 * A load is large from so many bytes in use on: a text of 25 MB, or some 2,000 Services. Of 1,000
 * there are 30 MB, and what would be saved in their load is less than the memory that is then not
 * given back.
 */
const LARGE_BYTES = 40 * 2 ** 20;

/** Steps between two looks, which take 5 µs. A file of 35 MB is read in some 200 steps. */
const LOOK_EVERY = 16;

/** What it uses of V8. */
export interface HeapControl {
  readonly usedBytes: () => number;
  readonly letNewSpaceGrow: (may: boolean) => void;
  readonly inlineLittle: (isLittle: boolean) => void;
}

const V8: HeapControl = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  letNewSpaceGrow,
  inlineLittle,
};

/**
 * Gives new objects more room while a large load is read: with 1 MiB the collector has a third of
 * the CPU time. And has V8 compile less into one function, as its compiler has a quarter. Both end
 * before the first names are sent: they hold for all threads, and the resolver's heap is not to
 * grow, nor its functions to be compiled so.
 */
export class LoadingHeap {
  readonly #control: HeapControl;
  #steps = 0;
  #isLarge = false;
  #isDone = false;

  constructor(control: HeapControl = V8) {
    this.#control = control;
  }

  /** A piece of work is done. */
  step(): void {
    if (this.#isDone || ++this.#steps % LOOK_EVERY !== 0) return;
    if (this.#control.usedBytes() < LARGE_BYTES) return;
    if (!this.#isLarge) this.#control.inlineLittle(true);
    this.#isLarge = true;
    // Again each time: another thread that starts sets it back.
    this.#control.letNewSpaceGrow(true);
  }

  /** All has been read. */
  done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // Even where this load was small: a thread that was lost in a large one has left it so.
    this.#control.inlineLittle(false);
    if (this.#isLarge) this.#control.letNewSpaceGrow(false);
  }
}
