import { describe, expect, test } from 'vitest';
import { FairSlots } from '../../src/support/slots.ts';

/** Has a client take all it can get; how many that was. */
function fill(slots: FairSlots, client: string): number {
  let count = 0;
  while (slots.hasRoomFor(client)) {
    slots.take(client);
    count++;
  }
  return count;
}

describe('FairSlots', () => {
  test('gives a single client half, and each that comes after it half of what is left', () => {
    const slots = new FairSlots(1000);
    expect(['a', 'b', 'c'].map((client) => fill(slots, client))).toEqual([500, 250, 125]);
    expect(slots.taken).toBe(875);
    expect(slots.hasRoomFor('d')).toBe(true);
  });

  test.for([1, 2, 5, 20])('leaves one place in n + 1 beside %i that take turns', (count) => {
    const slots = new FairSlots(1000);
    const clients = Array.from({ length: count }, (_, at) => `c${at}`);
    for (let round = 0; round < 1000; round++) {
      for (const client of clients) if (slots.hasRoomFor(client)) slots.take(client);
    }
    expect(1000 - slots.taken).toBeGreaterThanOrEqual(Math.floor(1000 / (count + 1)));
  });

  test('gives the last place to a client that has none, and none beyond', () => {
    const slots = new FairSlots(2);
    const first = slots.take('a');
    expect([fill(slots, 'a'), slots.hasRoomFor('a'), fill(slots, 'b'), slots.isFull]).toEqual([
      0,
      false,
      1,
      true,
    ]);
    expect(slots.hasRoomFor('c')).toBe(false);
    slots.giveBack(first);
    expect([slots.hasRoomFor('c'), slots.hasRoomFor('b')]).toEqual([true, false]);
  });
});
