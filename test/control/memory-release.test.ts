import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryRelease } from '../../src/control/memory-release.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

let clock: FakeClock;
let release: MemoryRelease;
let compactions: number;
let trims: number;

/** After a start, which has given its own back. */
beforeEach(() => {
  clock = new FakeClock();
  compactions = trims = 0;
  release = new MemoryRelease(clock, {
    collectNew: () => {},
    compact: () => void compactions++,
    trim: () => void trims++,
  });
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

test('MemoryRelease, of a huge heap, trims after a pause and compacts after another', () => {
  release.changed(60_000);
  release.sent();
  clock.advance(5999);
  expect([trims, compactions]).toEqual([0, 0]);
  clock.advance(1);
  expect([trims, compactions]).toEqual([1, 0]);
  clock.advance(5999);
  expect([trims, compactions]).toEqual([1, 0]);
  clock.advance(1);
  expect([trims, compactions]).toEqual([2, 1]);
  clock.advance(60_000);
  expect([trims, compactions]).toEqual([2, 1]);
});
