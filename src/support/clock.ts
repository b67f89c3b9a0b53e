import { performance } from 'node:perf_hooks';

/**
 * The only source of time. What needs the time or a timer is given a clock, so that tests can move
 * time by hand and never sleep.
 */
export interface Clock {
  /** Milliseconds from an arbitrary start, never going back: for durations, TTLs and deadlines. */
  now(): number;
  /** Whole seconds since 1970: for what other machines compare, such as SOA serials. May jump. */
  wallSeconds(): number;
  /**
   * Runs `callback` once, `ms` milliseconds from now, unless cancelled before: at once for what is
   * past, and after 24.8 days at the latest.
   */
  setTimeout(callback: () => void, ms: number): Timer;
}

/** A pending callback. Its owner cancels it when it stops: a pending timer keeps Node alive. */
export interface Timer {
  /** Harmless when the callback has run, and when repeated. */
  cancel(): void;
}

/** Of a longer timer, and of a negative one, Node.js makes 1 ms, and warns on stderr. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallSeconds: () => Math.floor(Date.now() / 1000),
  setTimeout: (callback: () => void, ms: number): Timer =>
    new MachineTimer(setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_MS))),
});

class MachineTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.#handle = handle;
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}
