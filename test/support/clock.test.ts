import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

describe('systemClock', () => {
  test('now() never goes back, and timers run unless cancelled', async () => {
    const before = systemClock.now();
    const ran: string[] = [];
    systemClock.setTimeout(() => ran.push('cancelled'), 0).cancel();
    await new Promise<void>((resolve) => {
      const timer = systemClock.setTimeout(() => {
        ran.push('kept');
        timer.cancel();
        resolve();
      }, 1);
    });
    expect(ran).toEqual(['kept']);
    expect(systemClock.now()).toBeGreaterThan(before);
  });

  test.for([
    [-1, 0],
    [5000, 5000],
    [2 ** 31, 2 ** 31 - 1],
    [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
  ] as const)('a timer of %s ms is one of %i to Node.js, which takes no other', ([ms, taken]) => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => set.mockRestore());
    systemClock.setTimeout(() => {}, ms).cancel();
    expect(set.mock.calls.map(([, given]) => given)).toEqual([taken]);
  });

  test('wallSeconds() is whole seconds of this century', () => {
    expect(Number.isInteger(systemClock.wallSeconds())).toBe(true);
    expect(systemClock.wallSeconds()).toBeGreaterThan(Date.UTC(2025) / 1000);
  });
});

describe('FakeClock', () => {
  test('runs timers in the order they are due, then as they were set', () => {
    const clock = new FakeClock(100);
    const ran: string[] = [];
    clock.setTimeout(() => ran.push(`late ${clock.now()}`), 20);
    clock.setTimeout(() => ran.push(`first ${clock.now()}`), 10);
    clock.setTimeout(() => ran.push(`second ${clock.now()}`), 10);
    const cancelled = clock.setTimeout(() => ran.push('never'), 10);
    cancelled.cancel();
    clock.advance(15);
    expect(ran).toEqual(['first 10', 'second 10']);
    clock.advance(2000);
    expect(ran).toEqual(['first 10', 'second 10', 'late 20']);
    expect([clock.now(), clock.wallSeconds(), clock.timers]).toEqual([2015, 102, 0]);
  });

  test('runs timers set by timers, when they fall due on the way', () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    const tick = (): void => {
      ran.push(clock.now());
      clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });
});
