import type { Clock } from '../../support/clock.ts';

/** How fast questions are put. */
export interface Pace {
  /** Under way at once. */
  readonly atOnce: number;
  /** Begun in a second. */
  readonly perSecond: number;
  readonly clock: Clock;
}

/** Timers are not finer: what would begin sooner begins at once. */
const LEAST_WAIT_MS = 2;

/**
 * What `task` makes of each item, in their order, with no more under way and no more begun in a
 * second than `pace` has. `done` is called with how many there are so far.
 */
export async function paced<Item, Result>(
  items: readonly Item[],
  { atOnce, perSecond, clock }: Pace,
  task: (item: Item) => Promise<Result>,
  done: (count: number) => void = () => {},
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  let count = 0;
  let dueAt = clock.now();
  const work = async () => {
    while (next < items.length) {
      const at = next++;
      const now = clock.now();
      const wait = dueAt - now;
      dueAt = Math.max(dueAt, now - LEAST_WAIT_MS) + 1000 / perSecond;
      if (wait >= LEAST_WAIT_MS) await sleep(clock, wait);
      results[at] = await task(items[at] as Item);
      done(++count);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return results;
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}
