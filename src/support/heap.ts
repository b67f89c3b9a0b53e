import { setFlagsFromString } from 'node:v8';

/**
 * How much the heap may grow before it is collected again, percent; V8 lets it grow by 300. After
 * queries for 300,000 names, with a cache of 64 MiB, the process holds 205 MB instead of 340.
 */
const OLD_SPACE = '--heap-growing-percent=20';

/**
 * The same while a thread reads what there is at the start, and little of that is garbage: with
 * 10,000 Services this saves 13 % of the CPU time of a load. The peak is 25 MB higher.
 */
const LOADING_OLD_SPACE = '--heap-growing-percent=100';

/**
 * New objects stay in 1 MiB, where V8 grows to 16 MiB as long as it finds work. With 1,000 Services
 * this saves 15 to 35 MB and takes no more CPU time. `--max-semi-space-size` is read only when a
 * thread starts, too late for the first one.
 */
const NEW_SPACE = '--semi-space-growth-factor=1';

/** They may take twice as much each time that more of them stayed than there is room for. */
const LARGE_NEW_SPACE = '--semi-space-growth-factor=2';

/** Each full collection moves what is left together, with pauses that are longer for it. */
const COMPACTING = '--compact-on-every-full-gc';
const NOT_COMPACTING = '--no-compact-on-every-full-gc';

/** How many bytes of the bytecode of others V8 compiles into a function: its own default. */
const INLINED = '--max-inlined-bytecode-size-cumulative=920';
const LITTLE_INLINED = '--max-inlined-bytecode-size-cumulative=100';

/**
 * How soon the garbage collector of all threads visits objects, and how much V8 compiles while they
 * read. V8 goes by itself until `keepSmall` and a thread that has loaded; `setFlag` hands it a
 * flag.
 *
 * Not earlier: V8 takes compiled code only for the flags that it was compiled with, and what of
 * Node.js's own modules is loaded behind a flag would be compiled anew, for 50 ms of a start.
 */
export class HeapGrowth {
  readonly #setFlag: (flag: string) => void;
  #isSmall = false;
  #reading = 0;
  #isAnswering = false;
  #inlinesLittle = false;

  constructor(setFlag: (flag: string) => void) {
    this.#setFlag = setFlag;
  }

  /**
   * Visits them sooner, once a thread has loaded: this process lives long, and should stay as small
   * as what it holds.
   */
  keepSmall(): void {
    this.#isSmall = true;
  }

  /** Whether that was asked for, in this thread. */
  get isSmall(): boolean {
    return this.#isSmall;
  }

  /**
   * To be called when a thread has loaded its program: when it started, V8 set the growth of all
   * threads back.
   */
  threadLoaded(): void {
    this.#set();
  }

  /**
   * A thread starts that reads what there is. What is returned is to be called when it has, and
   * when it has ended.
   */
  readingStarted(): () => void {
    this.#reading++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#reading--;
      this.#set();
      // It may have published no name at all.
      this.answering();
    };
  }

  /** It may have been ended in the middle of `compacting`. */
  threadEnded(): void {
    this.#setFlag(NOT_COMPACTING);
  }

  /**
   * Much is being read. Until names are answered, V8 compiles little of other functions into one:
   * work that is over in two seconds has less of such functions than it costs to compile them.
   *
   * Only this thread sets the flag and takes it back, as it holds for all of them: another one that
   * had set it could be ended before it took it back, or set it while names are answered, whose
   * functions would then stay as they were compiled.
   */
  muchIsRead(): void {
    if (this.#isAnswering || this.#inlinesLittle) return;
    this.#inlinesLittle = true;
    this.#setFlag(LITTLE_INLINED);
  }

  /** From now on there are names to answer, whatever is read beside them. */
  answering(): void {
    this.#isAnswering = true;
    if (!this.#inlinesLittle) return;
    this.#inlinesLittle = false;
    this.#setFlag(INLINED);
  }

  #set(): void {
    if (!this.#isSmall) return;
    this.#setFlag(this.#reading > 0 ? LOADING_OLD_SPACE : OLD_SPACE);
    this.#setFlag(NEW_SPACE);
  }
}

/** That of this process. */
export const processHeap = new HeapGrowth(setFlagsFromString);

/**
 * Whether new objects, of whatever thread, may take more memory than they do. What they have taken
 * is given back by a full collection that finds few of them to have been made in 5 s.
 */
export function letNewSpaceGrow(may: boolean): void {
  setFlagsFromString(may ? LARGE_NEW_SPACE : NEW_SPACE);
}

/** Collects with that. It holds for all threads, so whoever ends this one calls `threadEnded`. */
export function compacting(collect: () => void): void {
  setFlagsFromString(COMPACTING);
  collect();
  setFlagsFromString(NOT_COMPACTING);
}
