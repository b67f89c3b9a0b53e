import type { Clock, Timer } from '../../src/support/clock.ts';

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told. Timers run in the order they are due, then as they were set.
 */
export class FakeClock implements Clock {
  readonly #startWallSeconds: number;
  readonly #due = new Set<Due>();
  #now = 0;

  /** 14 November 2023 unless told otherwise. */
  constructor(startWallSeconds = 1_700_000_000) {
    this.#startWallSeconds = startWallSeconds;
  }

  now(): number {
    return this.#now;
  }

  wallSeconds(): number {
    return this.#startWallSeconds + Math.floor(this.#now / 1000);
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const due: Due = { at: this.#now + Math.max(0, ms), callback };
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }

  /** Timers that are set and have not run. */
  get timers(): number {
    return this.#due.size;
  }

  /** When the next timer is due; Infinity without one. */
  get next(): number {
    return this.#earliest(Number.POSITIVE_INFINITY)?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves time on by `ms`, running every timer that falls due on the way, at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** Time goes on by `ms` while the process stands still: timers that fall due run late. */
  stall(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  #earliest(end: number): Due | undefined {
    let earliest: Due | undefined;
    for (const due of this.#due) {
      if (due.at <= end && (earliest === undefined || due.at < earliest.at)) earliest = due;
    }
    return earliest;
  }
}
