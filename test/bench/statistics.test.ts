import { expect, test } from 'vitest';
import { percentile, spreadOf } from '../../bench/statistics.ts';

test.for([
  [[3], { median: 3, least: 3, most: 3 }],
  [[10, 9, 100], { median: 10, least: 9, most: 100 }],
  [[4, 1, 3, 2], { median: 2.5, least: 1, most: 4 }],
] as const)('spreadOf %j', ([values, spread]) => {
  expect(spreadOf(values)).toEqual(spread);
});

test.for([
  [0.5, 50],
  [0.99, 99],
  [0.999, 100],
  [0, 1],
] as const)('percentile %d of 1 to 100', ([share, value]) => {
  const sorted = Array.from({ length: 100 }, (_, at) => at + 1);
  expect(percentile(sorted, share)).toBe(value);
});

test('neither makes figures of nothing', () => {
  expect(() => spreadOf([])).toThrow(RangeError);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});
