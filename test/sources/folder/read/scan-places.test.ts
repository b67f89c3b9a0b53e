import { afterEach, beforeEach, expect, test } from 'vitest';
import { realDisk } from '../../../../src/sources/folder/read/disk.ts';
import { scanFolders } from '../../../../src/sources/folder/read/scan.ts';
import { ScanPlaces } from '../../../../src/sources/folder/read/scan-places.ts';
import { EVERY_FILE } from '../../../../src/sources/folder/read/selection.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

let temp: TempFolder;

beforeEach(() => {
  temp = new TempFolder();
  temp.write('zones/a.yaml', 'v: 1');
  temp.write('zones/sub/b.yaml', 'v: 1');
  temp.write('zones/..1/c.yaml', 'v: 1');
  temp.link('zones/..data', '..1');
  temp.link('zones/c.yaml', '..data/c.yaml');
});
afterEach(() => temp.dispose());

/** The files that are found at paths, after `change`. */
function filesAt(paths: readonly string[], change = () => {}, selection = undefined as never) {
  const scan = scanFolders(['zones'], realDisk, temp.path, selection);
  change();
  const files = new ScanPlaces(scan, realDisk, selection).filesAt(
    paths.map((path) => temp.at(path)),
  );
  return files?.map(({ file }) => file);
}

test('ScanPlaces finds files by their own paths, in order', () => {
  expect(filesAt(['zones/sub/b.yaml', 'zones/a.yaml', 'zones/..1/c.yaml'])).toEqual([
    'zones/a.yaml',
    'zones/c.yaml',
    'zones/sub/b.yaml',
  ]);
});

test('ScanPlaces finds a file that is gone, as it is for the comparison to say so', () => {
  expect(filesAt(['zones/a.yaml'], () => temp.remove('zones/a.yaml'))).toEqual(['zones/a.yaml']);
});

test.for([
  ['a new manifest', 'zones/new.yaml', () => temp.write('zones/new.yaml', 'v: 1')],
  [
    'what makes a folder one to be rendered',
    'zones/Kustomization',
    () => temp.write('zones/Kustomization', ''),
  ],
  ['a new folder', 'zones/new', () => temp.write('zones/new/d.yaml', 'v: 1')],
  ['a folder that is gone', 'zones/sub', () => temp.remove('zones/sub')],
  ['a new link', 'zones/d', () => temp.link('zones/d', 'sub')],
  ['a link that is swapped', 'zones/..data', () => {}],
  ['a link that is gone', 'zones/c.yaml', () => temp.remove('zones/c.yaml')],
] as const)('ScanPlaces does not tell of %s', ([, path, change]) => {
  expect(filesAt(['zones/a.yaml', path], change)).toBeUndefined();
});

test.for([
  ['a file that is no manifest', 'zones/notes.txt', () => temp.write('zones/notes.txt', '')],
  ['a file that an editor had for a moment', 'zones/.a.yaml.swp', () => {}],
] as const)('ScanPlaces passes over %s', ([, path, change]) => {
  expect(filesAt(['zones/a.yaml', path], change)).toEqual(['zones/a.yaml']);
});

test('ScanPlaces passes over no new file where each may be of use', () => {
  const write = () => temp.write('zones/notes.txt', '');
  expect(filesAt(['zones/notes.txt'], write, EVERY_FILE as never)).toBeUndefined();
});
