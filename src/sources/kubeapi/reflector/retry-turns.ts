import type { Clock, Timer } from '../../../support/clock.ts';
import type { Wait } from './back-off.ts';

/** Of all reflectors that wait for one server, one tries again at least this often, ms. */
const TURN_MS = 2000;

/** What fails for longer, ms, is no restart of the server: then only back-off decides. */
const EAGER_MS = 900_000;

interface Waiting {
  /** Not before this, `Clock.now()`. */
  readonly least: number;
  timer: Timer;
  readonly go: (isCalled: boolean) => void;
}

/**
 * Where the reflectors of one server wait before they try again. Alone, each would find out up to
 * half a minute late that the server is back: so they try in turn, and the first that gets through
 * calls the others.
 */
export class RetryTurns {
  readonly #clock: Clock;
  /** The one that has waited longest is first. */
  readonly #waiting = new Set<Waiting>();
  #turn: Timer | undefined;
  /** Since when something has failed, `Clock.now()`. */
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when it is time to try again: true when another has got through meanwhile. At once
   * when `signal` is aborted.
   */
  wait({ least, most }: Wait, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || most <= 0) return Promise.resolve(false);
    const now = this.#clock.now();
    this.#since ??= now;
    return new Promise((resolve) => {
      const end = () => go(false);
      const go = (isCalled: boolean) => {
        waiting.timer.cancel();
        this.#waiting.delete(waiting);
        if (this.#waiting.size === 0) this.#stopTurns();
        signal.removeEventListener('abort', end);
        resolve(isCalled);
      };
      const timer = this.#clock.setTimeout(end, most);
      const waiting: Waiting = { least: now + least, timer, go };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', end);
      this.#turn ??= this.#clock.setTimeout(() => this.#nextTurn(), TURN_MS);
    });
  }

  /** The server answers one that it had failed: all others try again as soon as they may. */
  recovered(): void {
    this.#since = undefined;
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      waiting.timer.cancel();
      const ms = Math.max(0, waiting.least - now);
      waiting.timer = this.#clock.setTimeout(() => waiting.go(true), ms);
    }
  }

  #nextTurn(): void {
    const now = this.#clock.now();
    this.#turn = this.#clock.setTimeout(() => this.#nextTurn(), TURN_MS);
    if (now - (this.#since ?? now) > EAGER_MS) return;
    for (const waiting of this.#waiting) {
      if (waiting.least > now) continue;
      waiting.go(false);
      return;
    }
  }

  #stopTurns(): void {
    this.#turn?.cancel();
    this.#turn = undefined;
  }
}
