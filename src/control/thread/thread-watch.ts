import type { Progress } from './progress.ts';

/** What a watch needs of the world. */
export interface ThreadWatchOptions {
  readonly progress: Pick<Progress, 'steps' | 'thread'>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** CPU time that a thread has had, ms; undefined where it is not known. */
  readonly cpuMs: (thread: number) => number | undefined;
  /**
   * After how much CPU time without a step a thread hangs, ms; and after how long where that is not
   * known. Those of a control thread unless given.
   */
  readonly hanging?: { readonly cpuMs: number; readonly ms: number };
}

/**
 * CPU time without a step after which a thread hangs, ms. Most steps take a second at most, but a
 * List of 64 MiB with an alias is parsed whole, which takes 15 s of a slow core; and there are
 * slower ones.
 */
const CONTROL_HANGING = {
  cpuMs: 60_000,
  /** Time without a step where the CPU time of a thread is not known. */
  ms: 120_000,
};

/**
 * Time without a step after which a thread hangs whatever it waits for, such as a file system that
 * is gone; ms.
 */
const LOST_MS = 600_000;

/**
 * Of the time between two looks no more counts, ms: a watch that comes so late was stopped itself,
 * as by Ctrl-Z or `docker pause`, and so was the thread.
 */
const LATE_MS = 5000;

/**
 * Distinguishes a thread that hangs from one that is slow. A busy machine gives a thread little
 * CPU, a laptop that was shut none at all; neither is its fault, and one put in its place would be
 * no faster. What counts is whether it gets on with the CPU time it has.
 */
export class ThreadWatch {
  readonly #options: ThreadWatchOptions;
  #steps: number;
  /** Time since the last step was seen in which the thread could have run, ms. */
  #waitedMs = 0;
  #lookedAt: number;
  /** CPU time when the last step was seen; undefined until it is known. */
  #cpuMs: number | undefined;

  constructor(options: ThreadWatchOptions) {
    this.#options = options;
    this.#steps = options.progress.steps;
    this.#lookedAt = options.now();
  }

  /**
   * Why the thread is to be replaced; undefined while it gets on, or may. Call it about once a
   * second.
   */
  fault(): string | undefined {
    const { progress, now, cpuMs, hanging = CONTROL_HANGING } = this.#options;
    const cpu = cpuMs(progress.thread);
    const lookedAt = this.#lookedAt;
    this.#lookedAt = now();
    if (progress.steps !== this.#steps) {
      this.#steps = progress.steps;
      this.#waitedMs = 0;
      this.#cpuMs = cpu;
      return undefined;
    }
    this.#cpuMs ??= cpu;
    this.#waitedMs += Math.min(this.#lookedAt - lookedAt, LATE_MS);
    const waited = this.#waitedMs;
    if (cpu !== undefined && this.#cpuMs !== undefined) {
      const used = cpu - this.#cpuMs;
      if (used >= hanging.cpuMs) return `got nothing done in ${seconds(used)} s of CPU time`;
    } else if (waited >= hanging.ms) return `got nothing done in ${seconds(waited)} s`;
    return waited >= LOST_MS ? `got nothing done in ${seconds(waited)} s` : undefined;
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
