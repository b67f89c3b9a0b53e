import { describe, expect, test } from 'vitest';
import { AwakeTime, forgivingStalls } from '../../src/support/awake-time.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

test('AwakeTime counts 100 ms of a gap, and all of what is shorter', () => {
  const clock = new FakeClock();
  const awake = new AwakeTime(clock);
  const looks = [0, 30, 100, 101, 60_000, 5].map((ms) => {
    clock.advance(ms);
    return awake.now();
  });
  expect(looks).toEqual([0, 30, 130, 230, 330, 335]);
});

describe('forgivingStalls', () => {
  /** When a timer of 500 ms ran, while the process stood still for so long. */
  const ranAt = (stallMs: number) => {
    const clock = new FakeClock();
    let at: number | undefined;
    forgivingStalls(clock).setTimeout(() => (at = clock.now()), 500);
    clock.stall(stallMs);
    clock.advance(1000);
    return at;
  };

  test.each([
    [0, 500],
    [500, 500],
    [600, 600],
    [601, 701],
    [3000, 3100],
  ])('a timer of 500 ms and a stall of %i ms: runs at %i ms', (stallMs, at) => {
    expect(ranAt(stallMs)).toBe(at);
  });

  test('a timer that waits once more can be cancelled', () => {
    const clock = new FakeClock();
    let runs = 0;
    const timer = forgivingStalls(clock).setTimeout(() => runs++, 500);
    clock.stall(2000);
    timer.cancel();
    clock.advance(1000);
    expect([runs, clock.timers]).toEqual([0, 0]);
  });
});
