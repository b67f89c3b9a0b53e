import { beforeEach, describe, expect, test } from 'vitest';
import { LoadingHeap } from '../../../src/control/thread/loading-heap.ts';

const LITTLE = 39 * 2 ** 20;
const MUCH = 40 * 2 ** 20;

describe('LoadingHeap', () => {
  let used: number;
  let told: boolean[];
  let large: number;
  let heap: LoadingHeap;

  beforeEach(() => {
    used = LITTLE;
    told = [];
    large = 0;
    heap = new LoadingHeap({
      usedBytes: () => used,
      letNewSpaceGrow: (may) => void told.push(may),
      onLarge: () => void large++,
    });
  });

  const steps = (count: number) => {
    for (let step = 0; step < count; step++) heap.step();
  };

  test('leaves the room of new objects as it is while little is in use', () => {
    steps(1000);
    heap.done();
    expect(told).toEqual([]);
  });

  test('lets it grow once much is in use, and again where something has set it back', () => {
    steps(640);
    used = MUCH;
    steps(32);
    expect(told).toEqual([true, true]);
  });

  test('says once that the load is large, and never of a small one', () => {
    steps(1000);
    expect(large).toBe(0);
    used = MUCH;
    steps(32);
    heap.done();
    steps(32);
    expect(large).toBe(1);
  });

  test('lets it grow no more when all has been read', () => {
    used = MUCH;
    steps(16);
    heap.done();
    heap.done();
    steps(1000);
    expect(told).toEqual([true, false]);
  });
});
