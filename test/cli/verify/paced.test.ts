import { expect, test } from 'vitest';
import { paced } from '../../../src/cli/verify/paced.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const ITEMS = Array.from({ length: 20 }, (_, index) => index);

test('paced() has no more under way than it may, and does each item once', async () => {
  const waiting: (() => void)[] = [];
  const taken: [item: number, index: number][] = [];
  let most = 0;
  let ended = 0;
  const all = paced(
    ITEMS,
    { atOnce: 3, perSecond: Number.POSITIVE_INFINITY, clock: new FakeClock() },
    (item, index) => {
      taken.push([item, index]);
      return new Promise<void>((resolve) => {
        most = Math.max(most, waiting.push(resolve));
      });
    },
    (count) => {
      ended = count;
    },
  );
  while (ended < ITEMS.length) {
    waiting.pop()?.();
    await new Promise(setImmediate);
  }
  await all;
  expect(taken).toEqual(ITEMS.map((item) => [item, item]));
  expect(most).toBe(3);
});

test('paced() begins no more in a second than it may', async () => {
  const clock = new FakeClock();
  const begun: number[] = [];
  const all = paced(ITEMS, { atOnce: 50, perSecond: 10, clock }, async () => {
    begun.push(clock.now());
  });
  for (let step = 0; step < 200; step++) {
    await new Promise(setImmediate);
    clock.advance(10);
  }
  await all;
  const start = begun[0] ?? 0;
  expect(begun.filter((at) => at - start < 1000).length).toBeLessThanOrEqual(11);
  expect((begun.at(-1) ?? 0) - start).toBeGreaterThanOrEqual(1800);
});
