import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, keptMs } from '../../src/server/limits.ts';

test.for([
  [0, 10_000],
  [0.5, 10_000],
  [0.51, 2500],
  [0.65, 2500],
  [0.8, 500],
  [0.81, 200],
  [1, 200],
] as const)('keptMs() with %d of the places taken is %d ms', ([share, expected]) => {
  expect(keptMs(DEFAULT_LIMITS.tcpIdleMs, share)).toBe(expected);
});

test('keptMs() is never more than what was configured, and else never under 200 ms', () => {
  expect(keptMs(1000, 1)).toBe(200);
  expect(keptMs(100, 1)).toBe(100);
});
