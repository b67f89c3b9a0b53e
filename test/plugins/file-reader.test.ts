import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { DISK_READER } from '../../src/plugins/file-reader.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

describe('DISK_READER', () => {
  const folder = new TempFolder();
  afterAll(() => folder.dispose());
  const file = folder.write('file', 'x'.repeat(200_000));
  const empty = folder.write('empty', '');
  const pipe = folder.at('pipe');
  execFileSync('mkfifo', [pipe]);

  test('reads a file that is just as long as allowed, and an empty one', async () => {
    expect((await DISK_READER.read(file, 200_000)).toString()).toBe('x'.repeat(200_000));
    expect((await DISK_READER.read(empty, 10)).length).toBe(0);
  });

  test('refuses to read a longer one', async () => {
    await expect(DISK_READER.read(file, 199_999)).rejects.toThrow('longer than 199999 bytes');
  });

  test('tells one state of a file from another', async () => {
    const before = await DISK_READER.version(empty);
    expect(await DISK_READER.version(empty)).toEqual(before);
    folder.write('empty', 'more');
    expect(await DISK_READER.version(empty)).not.toEqual(before);
  });

  test.for(['pipe', '.', 'link/to/nowhere'])('has no version of %s', async (name) => {
    await expect(DISK_READER.version(folder.at(name))).rejects.toThrow();
  });

  test('does not wait for the other end of a pipe', async () => {
    expect((await DISK_READER.read(pipe, 10)).length).toBe(0);
  });
});
