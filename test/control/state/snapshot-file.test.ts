import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeSnapshot } from '../../../src/control/state/snapshot.ts';
import { readSnapshotFile } from '../../../src/control/state/snapshot-file.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const names = new Map([[keyFromText('web'), packName(0, [])]]);
const BYTES = encodeSnapshot({ source: 'abc', savedAt: 1, serial: 2, names });

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

describe('readSnapshotFile()', () => {
  test('reads the names of the same manifests and options', async () => {
    const file = await readSnapshotFile(folder.write('x.names', BYTES), 'abc');
    expect(file).toMatchObject({ is: 'snapshot', snapshot: { savedAt: 1, serial: 2 } });
  });

  test('takes a file that is not there, or of other options, for none', async () => {
    expect(await readSnapshotFile(folder.at('x.names'), 'abc')).toEqual({ is: 'absent' });
    expect(await readSnapshotFile(folder.write('x.names', BYTES), 'abd')).toEqual({ is: 'absent' });
  });

  test.for([
    ['cut off', (path: string) => folder.write(path, BYTES.subarray(0, -1)), 'cut off or changed'],
    ['a folder', (path: string) => folder.folder(path), 'found a folder: expected a regular file'],
    [
      'a pipe',
      (path: string) => execFileSync('mkfifo', [folder.at(path)]),
      'found no regular file: expected',
    ],
    [
      'too large',
      (path: string) => execFileSync('truncate', ['-s', '257M', folder.at(path)]),
      'found 269484032 bytes: expected a regular file of at most 268435456 bytes',
    ],
  ] as const)('says why it cannot use what is %s', async ([, make, reason]) => {
    const path = 'x.names';
    make(path);
    const file = await readSnapshotFile(folder.at(path), 'abc');
    expect(file).toMatchObject({ is: 'unusable', reason: expect.stringContaining(reason) });
    expect(file).toMatchObject({ reason: expect.stringContaining(folder.at(path)) });
  });
});
