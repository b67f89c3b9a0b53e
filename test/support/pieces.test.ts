import { expect, test } from 'vitest';
import { atOnce, inTurns, type Pieces } from '../../src/support/pieces.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

/** Five pieces, of which `did` is told. */
function* fivePieces(did: () => void): Pieces<string> {
  for (let at = 1; at <= 5; at++) {
    did();
    yield;
  }
  return 'done';
}

test('atOnce() does all pieces, and returns what they come to', () => {
  let pieces = 0;
  expect(atOnce(fivePieces(() => void pieces++))).toBe('done');
  expect(pieces).toBe(5);
});

test.for([
  [10, 'p|p|p|p|p|done'],
  [2, 'pp|pp|pdone'],
  [0, 'pppppdone'],
] as const)('inTurns() lets others do something after 4 ms: with pieces of %d ms, %s', (row) => {
  const [ms, expected] = row;
  const timers = new FakeClock();
  let busy = 0;
  let log = '';
  const clock = {
    now: () => timers.now() + busy,
    wallSeconds: () => timers.wallSeconds(),
    setTimeout: (callback: () => void, after: number) => {
      log += '|';
      return timers.setTimeout(callback, after);
    },
  };
  const pieces = fivePieces(() => {
    log += 'p';
    busy += ms;
  });
  inTurns(pieces, clock, (result) => {
    log += result;
  });
  timers.advance(0);
  expect(log).toBe(expected);
});
