import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Disk, realDisk, type Stamp } from '../../../../src/sources/folder/read/disk.ts';
import { KnownFiles } from '../../../../src/sources/folder/read/known-files.ts';
import { scanFolders } from '../../../../src/sources/folder/read/scan.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let temp: TempFolder;

beforeEach(() => {
  temp = new TempFolder();
  temp.write('a.yaml', 'v: 1');
});
afterEach(() => temp.dispose());

/** A file system on which every file has changed so long ago. */
function looking() {
  let ageMs = 0;
  const aged = (stamp: Stamp): Stamp => ({ ...stamp, ageMs });
  const disk: Disk = {
    ...realDisk,
    read: (path, maxBytes) => {
      const outcome = realDisk.read(path, maxBytes);
      if (outcome.kind === 'refused') return outcome;
      return { ...outcome, before: aged(outcome.before), after: aged(outcome.after) };
    },
  };
  const known = new KnownFiles(disk);
  /** When each file that a look at `now` found changed became so. */
  return (now: number, age: number): number[] => {
    ageMs = age;
    const scan = scanFolders([temp.path], disk, temp.path);
    const { changed } = known.update(scan, { now, wallSeconds: 1_700_000_000, isDeep: true });
    return changed.map(({ changedAt }) => changedAt);
  };
}

describe('ChangedFile.changedAt', () => {
  test("is the file's own time", () => {
    const look = looking();
    expect(look(5000, 3000)).toEqual([2000]);
    temp.write('a.yaml', 'v: 2');
    expect(look(9000, 70)).toEqual([8930]);
  });

  test('is when it was seen, for a file older than a look that did not see it so', () => {
    const look = looking();
    look(5000, 0);
    temp.write('.old/b.yaml', 'v: 2');
    temp.remove('a.yaml');
    temp.link('a.yaml', '.old/b.yaml');
    expect(look(9000, 86_400_000)).toEqual([9000]);
  });

  test('is when the emptied file was first seen, for one that is believed later', () => {
    const look = looking();
    look(5000, 0);
    temp.write('a.yaml', '');
    expect(look(6000, 50)).toEqual([]);
    expect(look(11_000, 5050)).toEqual([6000]);
  });
});
