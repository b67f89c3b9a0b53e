import { expect, test } from 'vitest';
import { Allowance } from '../../src/support/allowance.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

test('Allowance gives much at once, then so much a second, and never saves up more', () => {
  const clock = new FakeClock();
  const allowance = new Allowance(clock, { most: 100, aSecond: 10 });
  expect([101, 60, 41, 40, 1].map((amount) => allowance.take(amount))).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
  clock.advance(500);
  expect([allowance.take(6), allowance.take(5)]).toEqual([false, true]);
  clock.advance(60_000);
  expect([allowance.take(101), allowance.take(100)]).toEqual([false, true]);
});
