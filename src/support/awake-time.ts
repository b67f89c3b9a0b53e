import type { Clock, Timer } from './clock.ts';

/** A process that has work looks at the time more often than this, unless it was stopped; ms. */
const STALL_MS = 100;

/** Time after a stall to read what has arrived meanwhile; ms. */
const CATCH_UP_MS = 100;

/**
 * Time in which this process could run, ms. While it is stopped or gets no CPU, everything that
 * waits in it grows older although nothing was too slow: of such a stall only 100 ms count. Call
 * `now` often while anything waits.
 */
export class AwakeTime {
  readonly #clock: Clock;
  #lookedAt: number;
  #awake = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAt = clock.now();
  }

  now(): number {
    const now = this.#clock.now();
    this.#awake += Math.min(now - this.#lookedAt, STALL_MS);
    this.#lookedAt = now;
    return this.#awake;
  }
}

/**
 * A clock whose timers give a stalled process time to catch up: a timer that is over 100 ms late
 * waits for another 100 ms. The event loop runs timers before it reads sockets, so without this a
 * stall would make upstreams look silent whose replies have already arrived.
 */
export function forgivingStalls(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallSeconds: () => clock.wallSeconds(),
    setTimeout: (callback, ms): Timer => new ForgivingTimer(clock, callback, ms),
  };
}

class ForgivingTimer implements Timer {
  readonly #clock: Clock;
  readonly #callback: () => void;
  readonly #latest: number;
  #timer: Timer;

  constructor(clock: Clock, callback: () => void, ms: number) {
    this.#clock = clock;
    this.#callback = callback;
    this.#latest = clock.now() + Math.max(ms, 0) + STALL_MS;
    this.#timer = clock.setTimeout(() => this.#due(), ms);
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #due(): void {
    if (this.#clock.now() <= this.#latest) this.#callback();
    else this.#timer = this.#clock.setTimeout(this.#callback, CATCH_UP_MS);
  }
}
