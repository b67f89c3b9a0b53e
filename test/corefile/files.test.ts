import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DISK, isStream } from '../../src/corefile/files.ts';

describe('DISK', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'svcdns-files-'));
    writeFileSync(join(folder, 'a'), 'é'.repeat(100));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('.', join(folder, 'to-folder'));
    symlinkSync('round', join(folder, 'round'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads a text that is just as long as allowed', () => {
    expect(DISK.read(join(folder, 'a'), 200)).toBe('é'.repeat(100));
  });

  test.for([
    ['a text that is longer than allowed', 'a', 199, 'EFBIG'],
    ['a device', '/dev/zero', 1024, 'NOT_A_FILE'],
    ['a pipe that nobody writes to', 'pipe', 1024, 'NOT_A_FILE'],
    ['a file that does not exist', 'b', 10, 'ENOENT'],
    ['a folder', '.', 10, 'EISDIR'],
  ] as const)('refuses %s', ([, path, maxBytes, code]) => {
    const read = () => DISK.read(path.startsWith('/') ? path : join(folder, path), maxBytes);
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  test('reads a stream no further than it may', () => {
    expect(() => DISK.readStream('/dev/zero', 100_000)).toThrow(
      expect.objectContaining({ code: 'EFBIG' }),
    );
    expect(DISK.readStream(join(folder, 'a'), 200)).toBe('é'.repeat(100));
  });

  test('lists a folder, and nothing where there is none', () => {
    expect([...DISK.list(folder)].sort()).toEqual(['a', 'pipe', 'round', 'to-folder']);
    expect(DISK.list(join(folder, 'a'))).toEqual([]);
  });

  test.for([
    ['a folder', '.', true],
    ['a link to one', 'to-folder', true],
    ['a file', 'a', false],
    ['nothing', 'b', false],
    ['what is below a file', 'a/b', false],
    ['a link that leads round', 'round', false],
  ] as const)('of %s says whether it is a folder', ([, path, isFolder]) => {
    expect(DISK.isFolder(join(folder, path))).toBe(isFolder);
  });
});

test.for([
  ['/dev/stdin', true],
  ['/dev/fd/63', true],
  ['/proc/self/fd/0', true],
  ['/dev/fd/', false],
  ['/dev/fd/63/..', false],
  ['/dev/zero', false],
  ['/etc/Corefile', false],
] as const)('isStream() of %s is %s', ([path, expected]) => {
  expect(isStream(path)).toBe(expected);
});
