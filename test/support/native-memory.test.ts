import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadMemoryBinding, shareArenas, trimMemory } from '../../src/support/native-memory.ts';
import { fileRanges } from '../../src/support/program-memory.ts';
import { runs } from '../helpers/runs.ts';
import { BINDING_FILE } from '../server/udp/udp-world.ts';

test('trimMemory() and shareArenas() may be called at any time, with the library and without', () => {
  shareArenas();
  const buffers = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(50_000).fill(1));
  trimMemory();
  trimMemory();
  expect(buffers.every((buffer) => buffer.every((byte) => byte === 1))).toBe(true);
});

const { forget } = loadMemoryBinding(BINDING_FILE);

describe.runIf(forget !== undefined)('native/memory.c', () => {
  const give = forget as (start: unknown, bytes: unknown) => number;
  const refused = -constants.errno.EINVAL;

  test('gives back what the file of Node.js holds, and nothing else', () => {
    const taken = fileRanges(smaps()).map(({ start, bytes }) => give(start, bytes));
    expect(taken).toContain(0);
    const others = mappings().filter(({ access, inode }) => access.includes('w') || inode === '0');
    expect(others.length).toBeGreaterThan(10);
    for (const { start, end } of others) expect(give(start, end - start)).toBe(refused);
  });

  test('refuses whatever is no range of it, of any type', () => {
    const { start, end } = mappings().find(({ access }) => access === 'r-xp') ?? {
      start: 0,
      end: 0,
    };
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(start - 4096, end + 4096, 2 ** 63, -(2 ** 63), Number.NaN),
    );
    const value = fc.oneof(number, fc.anything());
    fc.assert(
      fc.property(value, value, (from, bytes) => {
        expect([refused, 0]).toContain(give(from, bytes));
      }),
      { numRuns: runs(1000) },
    );
    expect(give(0, 4096)).toBe(refused);
    expect(give(start, 2 ** 50)).toBe(refused);
    expect((forget as () => number)()).toBe(refused);
  });
});

function smaps(): string {
  return readFileSync('/proc/self/smaps', 'latin1');
}

function mappings() {
  return readFileSync('/proc/self/maps', 'latin1')
    .trim()
    .split('\n')
    .map((line) => {
      const [range = '', access = '', , , inode = ''] = line.split(/\s+/);
      const [start = 0, end = 0] = range.split('-').map((part) => Number.parseInt(part, 16));
      return { start, end, access, inode };
    });
}
