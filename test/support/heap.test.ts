import { beforeEach, describe, expect, test } from 'vitest';
import { HeapGrowth } from '../../src/support/heap.ts';

const SMALL = ['--heap-growing-percent=20', '--semi-space-growth-factor=1'];
const READING = ['--heap-growing-percent=100', '--semi-space-growth-factor=1'];

describe('HeapGrowth', () => {
  let flags: string[];
  let heap: HeapGrowth;

  beforeEach(() => {
    flags = [];
    heap = new HeapGrowth((flag) => void flags.push(flag));
  });

  const told = () => flags.splice(0);

  test('leaves V8 alone where the heap is not to stay small', () => {
    const hasRead = heap.readingStarted();
    heap.threadLoaded();
    hasRead();
    expect([heap.isSmall, told()]).toEqual([false, []]);
  });

  test('is small again each time that a thread has loaded, and not before', () => {
    heap.keepSmall();
    expect([heap.isSmall, told()]).toEqual([true, []]);
    heap.threadLoaded();
    expect(told()).toEqual(SMALL);
    heap.threadLoaded();
    expect(told()).toEqual(SMALL);
  });

  test('grows faster until the last of the threads that read has read everything, or ended', () => {
    heap.keepSmall();
    const [one, other] = [heap.readingStarted(), heap.readingStarted()];
    told();
    heap.threadLoaded();
    expect(told()).toEqual(READING);
    one();
    one();
    expect(told()).toEqual(READING);
    other();
    expect(told()).toEqual(SMALL);
  });
});
