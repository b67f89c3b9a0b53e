import { expect, test } from 'vitest';
import { shareArenas, trimMemory } from '../../src/support/native-memory.ts';

test('trimMemory() and shareArenas() may be called at any time, with the library and without', () => {
  shareArenas();
  const buffers = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(50_000).fill(1));
  trimMemory();
  trimMemory();
  expect(buffers.every((buffer) => buffer.every((byte) => byte === 1))).toBe(true);
});
