import type { Clock } from './clock.ts';

/**
 * Work that takes long: it yields wherever something else may be done first, and returns what it
 * came to. What it looks at may have changed when it goes on.
 */
export type Pieces<Result> = Generator<undefined, Result>;

/** Others wait so long at most, as long as there is a yield so often; ms. */
const PIECE_MS = 4;

/** Does all of it before anything else. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

/**
 * Does a part now, and the next ones each after events and timers have had their turn. The last one
 * calls `done`.
 */
export function inTurns<Result>(
  work: Pieces<Result>,
  clock: Clock,
  done: (result: Result) => void,
): void {
  const until = clock.now() + PIECE_MS;
  let step = work.next();
  while (step.done !== true && clock.now() < until) step = work.next();
  if (step.done === true) done(step.value);
  else clock.setTimeout(() => inTurns(work, clock, done), 0);
}
