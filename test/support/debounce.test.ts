import { describe, expect, test } from 'vitest';
import { Debounce } from '../../src/support/debounce.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

/** Runs at which times, when called at those times? Quiet for 60 ms, at most 150 ms. */
function runs(calls: readonly number[], until = 1000): number[] {
  const clock = new FakeClock();
  const ran: number[] = [];
  const debounce = new Debounce(clock, { quietMs: 60, maxWaitMs: 150 }, () =>
    ran.push(clock.now()),
  );
  for (const at of calls) clock.setTimeout(() => debounce.call(), at);
  clock.advance(until);
  expect(clock.timers).toBe(0);
  return ran;
}

describe('Debounce', () => {
  test.for([
    ['one call runs after the pause', [10], [70]],
    ['a burst runs once, after its last call', [0, 20, 40], [100]],
    ['calls at once run once', [5, 5, 5], [65]],
    ['calls that keep coming run at the longest wait', [0, 50, 100, 140], [150]],
    ['calls after a run begin anew', [0, 50, 100, 149, 151], [150, 211]],
    ['two bursts run twice', [0, 200], [60, 260]],
    ['no call, no run', [], []],
  ] as [string, number[], number[]][])('%s', ([, calls, expected]) => {
    expect(runs(calls)).toEqual(expected);
  });

  test('a cancelled call does not run, and a later one does', () => {
    const clock = new FakeClock();
    let ran = 0;
    const debounce = new Debounce(clock, { quietMs: 60, maxWaitMs: 150 }, () => {
      ran += 1;
    });
    debounce.call();
    expect(debounce.pending).toBe(true);
    debounce.cancel();
    expect(debounce.pending).toBe(false);
    clock.advance(500);
    expect(ran).toBe(0);
    debounce.call();
    clock.advance(60);
    expect(ran).toBe(1);
  });

  test('a call made while running asks for another run', () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    const debounce = new Debounce(clock, { quietMs: 60, maxWaitMs: 150 }, () => {
      ran.push(clock.now());
      if (ran.length < 3) debounce.call();
    });
    debounce.call();
    clock.advance(1000);
    expect(ran).toEqual([60, 120, 180]);
  });
});
