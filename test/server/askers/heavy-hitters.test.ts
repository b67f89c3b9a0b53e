import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeavyHitters } from '../../../src/server/askers/heavy-hitters.ts';
import { runs } from '../../helpers/runs.ts';

const HALF_LIFE_MS = 15_000;

const table = (capacity: number) => new HeavyHitters<{ count: number }>(capacity, HALF_LIFE_MS, 0);
const start = () => ({ count: 0 });
const keys = (one: HeavyHitters<{ count: number }>, now = 0) =>
  one.top(100, now).map(({ key }) => key);

test('HeavyHitters keeps whatever comes more often than one in its capacity', () => {
  const key = fc.integer({ min: 0, max: 12 }).map(String);
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), fc.integer({ min: 1, max: 8 }), (all, room) => {
      const counted = table(room);
      for (const one of all) counted.add(one, 1, 0, start).count++;
      const kept = counted.top(room, 0);
      expect(kept.length).toBe(Math.min(room, new Set(all).size));
      for (const one of new Set(all)) {
        const times = all.filter((other) => other === one).length;
        if (times * room > all.length) expect(keys(counted)).toContain(one);
      }
      for (const { key, tally, perSecond } of kept) {
        // Both are of one that came back less than the truth, never more.
        const times = all.filter((other) => other === key).length;
        expect(tally.count).toBeLessThanOrEqual(times);
        expect(perSecond).toBeLessThan(times + 0.5);
      }
    }),
    { numRuns: runs(200) },
  );
});

test('HeavyHitters has its capacity, and counts those that gave way', () => {
  const counted = table(4);
  for (let at = 0; at < 1000; at++) counted.add(`${at}`, 1, at, start);
  expect([counted.size, counted.evictions]).toEqual([4, 996]);
});

test.for([
  ['at first', 10],
  ['for a minute', 60],
  ['for a day', 86_400],
] as const)('HeavyHitters tells a steady rate %s', ([, seconds]) => {
  const counted = table(4);
  for (let second = 0; second < seconds; second++) {
    counted.add('steady', 5, second * 1000 + 500, start);
  }
  expect(counted.top(1, seconds * 1000)[0]?.perSecond).toBeCloseTo(5, 1);
});

test('HeavyHitters forgets what was long ago, and no tally of what is there', () => {
  const counted = table(4);
  counted.add('early', 1_000_000, 0, start).count = 7;
  const hour = 3_600_000;
  counted.add('late', 1, hour, start);
  expect(keys(counted, hour)).toEqual(['late', 'early']);
  const [, early] = counted.top(2, hour);
  expect(early?.perSecond).toBeLessThan(1e-6);
  expect(early?.tally).toEqual({ count: 7 });
});

test('HeavyHitters takes a reply that comes later than others that were asked later', () => {
  const counted = table(4);
  counted.add('a', 1, 5_000_000, start);
  counted.add('b', 1, 4_000_000, start);
  expect(keys(counted, 5_000_000)).toEqual(['a', 'b']);
});
