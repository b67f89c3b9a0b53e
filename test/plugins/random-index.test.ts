import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomIndexFrom, shuffled } from '../../src/plugins/random-index.ts';

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
