import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryRelease } from '../../src/control/memory-release.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

let clock: FakeClock;
let release: MemoryRelease;
let compactions: number;
let trims: number;
let names: number;

/** After a start, which has given its own back. */
beforeEach(() => {
  clock = new FakeClock();
  compactions = trims = 0;
  names = 1000;
  const collector = {
    collectNew: () => {},
    compact: () => void compactions++,
    trim: () => void trims++,
  };
  release = new MemoryRelease(clock, collector, () => names);
  release.sent();
  clock.advance(20_000);
  trims = 0;
});

/** So many changes of ten objects, a second after each other. */
function change(times: number): void {
  for (let done = 0; done < times; done++) {
    release.changed(10);
    release.sent();
    clock.advance(1000);
  }
}

describe('MemoryRelease, of small changes,', () => {
  test('waits for a pause after 2,000 objects', () => {
    change(199);
    clock.advance(60_000);
    expect(compactions).toBe(0);
    change(1);
    clock.advance(4900);
    expect(compactions).toBe(0);
    clock.advance(200);
    expect(compactions).toBe(1);
    change(199);
    clock.advance(60_000);
    expect(compactions).toBe(1);
  });

  test('waits no longer than 10 minutes when there is none', () => {
    change(199 + 599);
    expect(compactions).toBe(0);
    change(2);
    expect(compactions).toBe(1);
  });
});

describe('MemoryRelease, of 200,000 names,', () => {
  beforeEach(() => {
    names = 200_000;
  });

  /** A change of so many objects, and trims and compactions 6 s, 12 s and a minute later. */
  function afterChange(objects: number) {
    release.changed(objects);
    release.sent();
    return [5999, 1, 5999, 1, 48_000].map((ms) => {
      clock.advance(ms);
      return [trims, compactions];
    });
  }

  test.each([[500], [60_000]])('trims after a pause and compacts after another: %d', (objects) => {
    expect(afterChange(objects)).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
      [2, 1],
      [2, 1],
    ]);
  });

  test('compacts no sooner when small changes are many besides', () => {
    release.changed(60_000);
    release.sent();
    for (let at = 0; at < 200; at++) release.changed(10);
    clock.advance(11_900);
    expect([trims, compactions]).toEqual([1, 0]);
    clock.advance(200);
    expect([trims, compactions]).toEqual([2, 1]);
  });

  test('compacts all the same while changes never pause', () => {
    for (let at = 0; at < 70; at++) {
      release.changed(2000);
      release.sent();
      clock.advance(1000);
    }
    expect(compactions).toBe(1);
  });
});
