import { afterEach, beforeEach, expect, test } from 'vitest';
import { realDisk } from '../../../../src/sources/folder/read/disk.ts';
import { scanFolders } from '../../../../src/sources/folder/read/scan.ts';
import { HeardPaths } from '../../../../src/sources/folder/watch/heard-paths.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let temp: TempFolder;
let heard: HeardPaths;

beforeEach(() => {
  temp = new TempFolder();
  temp.write('zones/a.yaml', 'v: 1');
  temp.write('zones/sub/b.yaml', 'v: 1');
  heard = new HeardPaths(realDisk);
});
afterEach(() => {
  heard.close();
  temp.dispose();
});

const follow = () => heard.follow(scanFolders(['zones'], realDisk, temp.path));

/** Waits for events until these paths, and no others, have been heard. */
async function hears(...paths: string[]): Promise<void> {
  const all = new Set<string>();
  await eventually(() => {
    for (const path of heard.take() ?? []) all.add(path);
    expect([...all].sort()).toEqual(paths.map((path) => temp.at(path)));
  });
}

test('HeardPaths cannot tell before it listens, nor what was before that', () => {
  expect([heard.take(), heard.take()]).toEqual([undefined, undefined]);
  follow();
  expect(heard.take()).toBeUndefined();
  expect(heard.take()).toEqual(new Set());
});

test('HeardPaths tells of files written in place, and renamed, in all folders', async () => {
  follow();
  heard.take();
  temp.write('zones/a.yaml', 'v: 2');
  temp.write('next', 'v: 2');
  temp.rename('next', 'zones/sub/b.yaml');
  await hears('zones/a.yaml', 'zones/sub/b.yaml');
});

test('HeardPaths cannot tell once when a folder is new to it, or another than before', async () => {
  follow();
  heard.take();
  temp.write('zones/new/c.yaml', 'v: 1');
  follow();
  expect(heard.take()).toBeUndefined();
  expect(heard.take()).toEqual(new Set());
  temp.rename('zones/sub', 'away');
  temp.write('zones/sub/b.yaml', 'v: 2');
  follow();
  expect(heard.take()).toBeUndefined();
  await eventually(() => {
    temp.write('zones/sub/b.yaml', 'v: 3');
    expect(heard.take()).toContain(temp.at('zones/sub/b.yaml'));
  });
});

test('HeardPaths cannot tell as long as it is not let into a folder', () => {
  const { files, folders } = scanFolders(['zones'], realDisk, temp.path);
  const withGone = new Map([...folders, [temp.at('zones/none'), 'made and removed meanwhile']]);
  heard.follow({ folders: withGone, files });
  expect([heard.take(), heard.take()]).toEqual([undefined, undefined]);
  heard.follow({ folders, files });
  heard.take();
  expect(heard.take()).toEqual(new Set());
});
