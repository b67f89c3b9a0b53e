import { getHeapSpaceStatistics } from 'node:v8';
import { letNewSpaceGrow } from './heap.ts';

export interface NewSpaceOptions {
  /** The memory that new objects of this thread may take, bytes. */
  readonly bytes: () => number;
  /** Whether they may have more, of whatever thread. */
  readonly letGrow: (may: boolean) => void;
}

/** Questions under way from which on there is more to keep than to collect. */
const MANY = 50;

/** With so much, 200 questions under way fill a third of it. */
const ENOUGH_BYTES = 4 * 1024 * 1024;

/** A look takes some 10 µs. */
const LOOK_MS = 100;

/**
 * Gives new objects more room while many questions are under way. Each keeps 5 KB alive: in 1 MiB
 * those of two hundred are copied time and again, and then out to where only a full collection
 * finds them, which takes a third of the time of a forwarded name.
 */
export class NewSpace {
  readonly #options: NewSpaceOptions;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #mayGrow = false;

  constructor(options: NewSpaceOptions = thisThread) {
    this.#options = options;
  }

  /** There are so many questions under way; `now` is monotonic, ms. To be called often. */
  look(questions: number, now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const mayGrow = questions >= MANY && this.#options.bytes() < ENOUGH_BYTES;
    // Others set this too: while it matters, it is said again.
    if (mayGrow || this.#mayGrow) this.#options.letGrow(mayGrow);
    this.#mayGrow = mayGrow;
  }
}

const thisThread: NewSpaceOptions = {
  bytes: () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ??
    Number.POSITIVE_INFINITY,
  letGrow: letNewSpaceGrow,
};
