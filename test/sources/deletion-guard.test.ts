import { expect, test } from 'vitest';
import { DeletionGuard, isMassDeletion } from '../../src/sources/deletion-guard.ts';

const names = (count: number, prefix = 'shop/web') =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test.each([
  [9, 9, false],
  [10, 10, true],
  [10, 33, true],
  [10, 34, false],
  [300, 1_000, false],
  [301, 1_000, true],
])('isMassDeletion: %i of %i names: %s', (removed, total, expected) => {
  expect(isMassDeletion(removed, total)).toBe(expected);
});

test('DeletionGuard holds a mass deletion until a rescan sees it again', () => {
  const guard = new DeletionGuard();
  expect(guard.judge(names(20), 20, 'event')).toBe('hold');
  expect(guard.held.size).toBe(20);
  expect(guard.judge(names(20), 20, 'event')).toBe('hold');
  expect(guard.judge(names(20), 20, 'rescan')).toBe('apply');
  expect(guard.held.size).toBe(0);
});

test('DeletionGuard needs two looks even when both are rescans', () => {
  const guard = new DeletionGuard();
  expect(guard.judge(names(20), 20, 'rescan')).toBe('hold');
  expect(guard.judge(names(20), 20, 'rescan')).toBe('apply');
});

test('DeletionGuard forgets a deletion that was put right', () => {
  const guard = new DeletionGuard();
  expect(guard.judge(names(20), 20, 'rescan')).toBe('hold');
  expect(guard.judge([], 20, 'rescan')).toBe('apply');
  expect(guard.judge(names(20), 20, 'rescan')).toBe('hold');
});

test.each([
  ['lets a deletion grow a little', 25, 'apply'],
  ['holds a deletion that doubles', 40, 'hold'],
])('DeletionGuard %s', (_, count, expected) => {
  const guard = new DeletionGuard();
  expect(guard.judge(names(20), 40, 'rescan')).toBe('hold');
  expect(guard.judge(names(count), 40, 'rescan')).toBe(expected);
  expect(guard.judge(names(count), 40, 'rescan')).toBe(expected === 'hold' ? 'apply' : 'hold');
});

test('DeletionGuard applies everything when switched off', () => {
  expect(new DeletionGuard(false).judge(names(20), 20, 'event')).toBe('apply');
});
