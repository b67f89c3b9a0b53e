import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bufferedRandom, randomIndexFrom, shuffled } from '../../src/support/random.ts';

/** Counts up, so that each byte of the first 256 is another; and how often it was asked. */
function counting() {
  const asked: number[] = [];
  let next = 0;
  const fetch = (bytes: number) => {
    asked.push(bytes);
    return Uint8Array.from({ length: bytes }, () => next++);
  };
  return { asked, fetch };
}

test('bufferedRandom() gives out no byte twice, and fetches seldom', () => {
  const { asked, fetch } = counting();
  const random = bufferedRandom(fetch);
  const drawn = [2, 1, 5, 16, 32, 100, 100].flatMap((bytes) => [...random(bytes)]);
  expect(drawn).toEqual(Array.from({ length: 256 }, (_, at) => at));
  expect(asked).toHaveLength(1);
});

test('bufferedRandom() gives as many as are asked for, across the end of its store', () => {
  const { asked, fetch } = counting();
  const random = bufferedRandom(fetch);
  for (let i = 0; i < 1000; i++) expect(random(33)).toHaveLength(33);
  expect(random(100_000)).toHaveLength(100_000);
  expect(asked.at(-1)).toBe(100_000);
});

test('bufferedRandom() draws from the system when nothing else is said', () => {
  const random = bufferedRandom();
  expect(random(16)).not.toEqual(random(16));
});

describe('randomIndexFrom', () => {
  test('draws every number below the count, about equally often', () => {
    const randomIndex = randomIndexFrom(randomBytes);
    const seen = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) seen[randomIndex(6)]!++;
    // 10,000 each expected, with a deviation of 91: eleven of them either way.
    for (const times of seen) expect(Math.abs(times - 10_000)).toBeLessThan(1000);
  });

  test('stays below the count at both ends of what it is given', () => {
    expect(randomIndexFrom((bytes) => new Uint8Array(bytes).fill(0xff))(7)).toBe(6);
    expect(randomIndexFrom((bytes) => new Uint8Array(bytes))(7)).toBe(0);
  });

  test('asks for random bytes once in 256 draws, and never for one of one', () => {
    let asked = 0;
    const randomIndex = randomIndexFrom((bytes) => {
      asked++;
      return new Uint8Array(bytes);
    });
    for (let i = 0; i < 256; i++) randomIndex(2);
    for (let i = 0; i < 1000; i++) randomIndex(1);
    expect(asked).toBe(1);
    randomIndex(2);
    expect(asked).toBe(2);
  });
});

describe('shuffled', () => {
  test('keeps all items and leaves the list as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const before = [...items];
        const after = shuffled(items, randomIndexFrom(randomBytes));
        expect(items).toEqual(before);
        expect(after.toSorted()).toEqual(before.toSorted());
      }),
    );
  });

  test('gives every order, about equally often', () => {
    const randomIndex = randomIndexFrom(randomBytes);
    const seen = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = shuffled(['a', 'b', 'c'], randomIndex).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    // 2,000 each expected, with a deviation of 41.
    for (const times of seen.values()) expect(Math.abs(times - 2000)).toBeLessThan(450);
  });
});
