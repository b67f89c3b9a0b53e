import type { Clock } from '../../support/clock.ts';

/** How fast questions are put. */
export interface Pace {
  /** Under way at once. */
  readonly atOnce: number;
  /** Begun in a second. */
  readonly perSecond: number;
  readonly clock: Clock;
}

/** Questions a second when nothing is said. */
export const DEFAULT_RATE = 1000;

/** Questions under way at once: a server with one thread is busy with that. */
const AT_ONCE = 32;

/** The pace at which a server is asked. */
export function paceOf(perSecond: number, clock: Clock): Pace {
  return { atOnce: AT_ONCE, perSecond, clock };
}

/** Timers are not finer: what would begin sooner begins at once. */
const LEAST_WAIT_MS = 2;

/**
 * Does `task` for each item, begun in their order, with no more under way and no more begun in a
 * second than `pace` has. `done` is called with how many there are so far.
 */
export async function paced<Item>(
  items: Iterable<Item>,
  { atOnce, perSecond, clock }: Pace,
  task: (item: Item, index: number) => Promise<void>,
  done: (count: number) => void = () => {},
): Promise<void> {
  const left = items[Symbol.iterator]();
  let begun = 0;
  let ended = 0;
  let dueAt = clock.now();
  const work = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const index = begun++;
      const now = clock.now();
      const wait = dueAt - now;
      dueAt = Math.max(dueAt, now - LEAST_WAIT_MS) + 1000 / perSecond;
      if (wait >= LEAST_WAIT_MS) await sleep(clock, wait);
      await task(next.value, index);
      done(++ended);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}
