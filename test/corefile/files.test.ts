import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DISK } from '../../src/corefile/files.ts';

describe('DISK', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'svcdns-files-'));
    writeFileSync(join(folder, 'a'), 'é'.repeat(100));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads a text that is just as long as allowed', () => {
    expect(DISK.read(join(folder, 'a'), 200)).toBe('é'.repeat(100));
  });

  test.for([
    ['a text that is longer than allowed', 'a', 199, 'EFBIG'],
    ['a device that never ends', '/dev/zero', 1024, 'EFBIG'],
    ['a file that does not exist', 'b', 10, 'ENOENT'],
    ['a folder', '.', 10, 'EISDIR'],
  ] as const)('refuses %s', ([, path, maxBytes, code]) => {
    const read = () => DISK.read(path.startsWith('/') ? path : join(folder, path), maxBytes);
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  test('lists a folder, and nothing where there is none', () => {
    expect(DISK.list(folder)).toEqual(['a']);
    expect(DISK.list(join(folder, 'a'))).toEqual([]);
  });

  test('tells folders from files and from nothing', () => {
    expect([folder, join(folder, 'a'), join(folder, 'b')].map(DISK.isFolder)).toEqual([
      true,
      false,
      false,
    ]);
  });
});
