import { readdirSync, statSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  MAX_KEPT_FILES,
  markUsed,
  prepareFolder,
  tidyFolder,
} from '../../../src/control/state/kept-files.ts';
import { stateDisk } from '../../../src/control/state/state-disk.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

/** `minutes` ago. */
function write(name: string, minutes: number): string {
  const path = folder.write(name, 'x');
  const then = Date.now() / 1000 - 60 * minutes;
  utimesSync(path, then, then);
  return name;
}

const id = (n: number) => n.toString(16).padStart(16, '0');
const left = () => readdirSync(folder.path).sort();

describe('prepareFolder()', () => {
  test('makes the folder with those above it, and takes one that is there', () => {
    expect(prepareFolder(folder.at('a/b/state'))).toBeUndefined();
    expect(prepareFolder(folder.at('a/b/state'))).toBeUndefined();
    expect(statSync(folder.at('a/b/state')).isDirectory()).toBe(true);
  });

  test('says what is in the way', () => {
    folder.write('file', 'x');
    expect(prepareFolder(folder.at('file/state'))).toMatch(/^ENOTDIR: /);
    expect(prepareFolder(folder.at('file'))).toBe('it is a file');
    expect(prepareFolder('/proc/svcdns')).toMatch(/^ENOENT: /);
  });
});

describe('tidyFolder()', () => {
  test('keeps the files that were used last, of each kind', async () => {
    const many = Array.from({ length: MAX_KEPT_FILES + 2 }, (_, at) => at);
    for (const at of many) write(`${id(at)}.addresses`, at);
    for (const at of many.slice(0, MAX_KEPT_FILES)) write(`${id(at)}.names`, at);
    await tidyFolder(folder.path, stateDisk);
    const kept = many
      .slice(0, MAX_KEPT_FILES)
      .flatMap((at) => [`${id(at)}.addresses`, `${id(at)}.names`]);
    expect(left()).toEqual(kept.sort());
  });

  test('does not take for forgotten what is in use', async () => {
    const many = Array.from({ length: MAX_KEPT_FILES }, (_, at) => write(`${id(at)}.names`, 1));
    const own = write(`${id(999)}.names`, 500_000);
    markUsed([folder.at(own), folder.at('not there yet')]);
    await tidyFolder(folder.path, stateDisk);
    expect(left()).toContain(own);
    expect(left()).toHaveLength(many.length);
  });

  test('removes what killed processes left half-written a while ago, not that of a living one', async () => {
    write(`.${id(1)}.names.new-0-1-2`, 2);
    write(`.${id(1)}.addresses.new-0-1-2`, 2);
    const fresh = write(`.${id(1)}.names.new-3`, 0);
    await tidyFolder(folder.path, stateDisk);
    expect(left()).toEqual([fresh]);
  });

  test('never touches files that are not ours', async () => {
    const others = [
      ...Array.from({ length: 100 }, (_, at) => `${at}.names`),
      '.other.new-x',
      `.${id(1)}.other.new-x`,
      `${id(1)}.names.bak`,
      `${id(1)}0.names`,
      `${id(1)}.addresses.new-x`,
      'notes.txt',
    ].map((name) => write(name, 500_000));
    await tidyFolder(folder.path, stateDisk);
    expect(left()).toEqual(others.sort());
  });

  test('does nothing where there is no folder, and goes on when a file cannot be removed', async () => {
    await tidyFolder(folder.at('gone'), stateDisk);
    const entries = async () => [1, 2].map((n) => ({ name: `.${id(n)}.names.new-x`, ageMs: 1e9 }));
    const tried: string[] = [];
    const remove = async (path: string) => {
      tried.push(path);
      throw new Error('EPERM');
    };
    await tidyFolder('/state', { entries, remove });
    expect(tried).toHaveLength(2);
  });
});
