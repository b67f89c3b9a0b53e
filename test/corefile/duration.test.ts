import { expect, test } from 'vitest';
import { parseDuration } from '../../src/corefile/duration.ts';

const rows: [text: string, milliseconds: number | undefined][] = [
  ['5s', 5000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['100ms', 100],
  ['1500us', 1.5],
  ['1µs', 0.001],
  ['.5s', 500],
  ['0', 0],
  ['0s', 0],
  ['5', undefined],
  ['s', undefined],
  ['', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['1d', undefined],
  ['.s', undefined],
];
test.for(rows)('parseDuration reads %s as %s ms', ([text, milliseconds]) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
