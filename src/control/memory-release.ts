import type { Clock } from '../support/clock.ts';
import { Debounce, type DebounceTiming } from '../support/debounce.ts';
import type { Collector } from './thread/collector.ts';

/** To read so many objects leaves garbage that is worth the CPU time to collect it. */
const MANY_OBJECTS = 500;

/** So many that came in small changes are worth it: what each leaves behind is less. */
const MANY_SMALL = 2000;

/**
 * With so many names the heap is compacted after a second pause only: it takes V8's threads for a
 * second and more. By itself, V8 collects the heap of each resolver up to three times, from 8 s
 * after its last collection on, and so within 11 s of a load. With its threads at work elsewhere,
 * such a collection has stopped a resolver with 100,000 Services for as long as the compaction
 * took: 1.8 to 4.4 s were seen.
 */
const HUGE_NAMES = 200_000;

/**
 * Memory is released when there was no change for 6 s: to compact that of a large cluster takes
 * 0.1 s and more, in which no change is taken, and V8 gives the room of new objects back after 5 s
 * with few of them. Where changes never pause, it is released all the same, as else it would never
 * be.
 */
const QUIET: DebounceTiming = { quietMs: 6000, maxWaitMs: 30_000 };

/**
 * Many small changes leave as much behind, in 25 MB of a cluster of 1,000 Services another 20. That
 * has time until there is a pause: where there is none, changes wait for it six times an hour.
 */
const PAUSE: DebounceTiming = { quietMs: 6000, maxWaitMs: 600_000 };

/** Gives back what was needed to read everything, or much, and is needed no more. */
export class MemoryRelease {
  readonly #collector: Collector | undefined;
  readonly #names: () => number;
  /** Pending once all is sent. */
  readonly #release: Debounce;
  /** Something has been read that is worth it, and what it came to is not sent yet. */
  #isDue = true;
  /** Many objects have been read since the last time. */
  #isLarge = false;
  /** Objects that came in small changes since then. */
  #small = 0;
  /** A pause went by that was not used. */
  #hasWaited = false;
  /** Pending once these are many. */
  readonly #pause: Debounce;

  /** `names` says how many are published. */
  constructor(clock: Clock, collector: Collector | undefined, names: () => number) {
    this.#collector = collector;
    this.#names = names;
    this.#release = new Debounce(clock, QUIET, () => this.#run());
    this.#pause = new Debounce(clock, PAUSE, () => {
      this.#isLarge = true;
      this.#run();
    });
  }

  /** A change of so many objects has been taken. */
  changed(objects: number): void {
    if (objects >= MANY_OBJECTS) this.#isDue = this.#isLarge = true;
    else this.#small += objects;
    if (this.#small >= MANY_SMALL) this.#pause.call();
    if (this.#release.pending) this.#release.call();
  }

  /** All that has changed is sent. */
  sent(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    // Or else V8 would count this garbage to the time in which nothing changes.
    if (this.#isLarge) this.#collector?.collectNew();
    this.#release.call();
  }

  #run(): void {
    this.#pause.cancel();
    if (this.#isLarge && !this.#hasWaited && this.#names() >= HUGE_NAMES) {
      this.#hasWaited = true;
      this.#release.call();
    } else {
      this.#hasWaited = false;
      if (this.#isLarge) this.#collector?.compact();
      this.#isLarge = false;
      this.#small = 0;
    }
    this.#collector?.trim();
  }
}
