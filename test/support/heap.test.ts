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

  describe('has V8 inline little', () => {
    const LITTLE = '--max-inlined-bytecode-size-cumulative=100';
    const AS_EVER = '--max-inlined-bytecode-size-cumulative=920';

    test('while much is read, until there are names to answer', () => {
      heap.muchIsRead();
      heap.muchIsRead();
      expect(told()).toEqual([LITTLE]);
      heap.answering();
      heap.answering();
      expect(told()).toEqual([AS_EVER]);
    });

    test('until a thread has ended, or has read everything and published nothing', () => {
      const over = heap.readingStarted();
      heap.muchIsRead();
      over();
      expect(told()).toEqual([LITTLE, AS_EVER]);
    });

    test('never again after that: names are answered while others are read', () => {
      heap.answering();
      heap.muchIsRead();
      heap.readingStarted()();
      expect(told()).toEqual([]);
    });

    test('no longer when the first of two threads has names, and the other reads on', () => {
      const [one, other] = [heap.readingStarted(), heap.readingStarted()];
      heap.muchIsRead();
      heap.answering();
      heap.muchIsRead();
      one();
      other();
      expect(told()).toEqual([LITTLE, AS_EVER]);
    });
  });
});
