import type { Clock, Timer } from './clock.ts';

/** Between two looks at the time a process that has work is never gone for so long; ms. */
const STALL_MS = 100;

/** How long after a stall what came meanwhile is read first; ms. */
const CATCH_UP_MS = 100;

/**
 * Time that this process has had, ms. When it is stopped, or the machine gives it no CPU,
 * everything that waits in it becomes older at one stroke, though nothing has been too slow for its
 * work: of such a stall 100 ms count. `now` is to be called often while anything waits.
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
 * A clock whose timers do not judge by a stall. The event loop runs timers before it reads sockets,
 * so that after a stall an upstream would be called silent whose reply has long been here. A timer
 * that is over 100 ms late waits for another 100 ms.
 */
export function forgivingStalls(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallSeconds: () => clock.wallSeconds(),
    setTimeout: (callback, ms): Timer => {
      const latest = clock.now() + Math.max(ms, 0) + STALL_MS;
      let timer = clock.setTimeout(() => {
        if (clock.now() <= latest) callback();
        else timer = clock.setTimeout(callback, CATCH_UP_MS);
      }, ms);
      return { cancel: () => timer.cancel() };
    },
  };
}
