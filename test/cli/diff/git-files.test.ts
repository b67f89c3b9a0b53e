import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitOf, type RunGit, writeFiles } from '../../../src/cli/diff/git-files.ts';
import { folderWith } from '../folder.ts';

/** A git that has these blobs, and lists these entries: `MODE ID PATH`. */
function fakeGit(listed: readonly string[], blobs: Readonly<Record<string, string>>): RunGit {
  return async ([command], input = '') => {
    if (command === 'ls-tree') {
      const entries = listed.map((entry) => entry.replace(/^(\d+) (\w+) /, '$1 blob $2\t'));
      return Buffer.from(entries.map((entry) => `${entry}\0`).join(''));
    }
    const ids = input.split('\n').filter((id) => id !== '');
    const objects = ids.map((id) => {
      const text = blobs[id];
      return text === undefined ? `${id} missing\n` : `${id} blob ${text.length}\n${text}\n`;
    });
    return Buffer.from(objects.join(''));
  };
}

describe('writeFiles()', () => {
  test('writes files and links, whatever is in them, and passes submodules over', async () => {
    const target = folderWith({});
    const git = fakeGit(
      [
        '100644 aa k8s/a b.yaml',
        '100644 bb k8s/deep/c\nd.yaml',
        '120000 cc k8s/link',
        '160000 dd k8s/sub',
      ],
      { aa: 'x\n\nbb blob 7\n', bb: '', cc: 'a b.yaml' },
    );
    expect(await writeFiles('c0', 'k8s', target, git)).toBe(true);
    expect(readFileSync(join(target, 'k8s/link'), 'utf8')).toBe('x\n\nbb blob 7\n');
    expect(readFileSync(join(target, 'k8s/deep/c\nd.yaml'), 'utf8')).toBe('');
    expect(readdirSync(join(target, 'k8s')).sort()).toEqual(['a b.yaml', 'deep', 'link']);
  });

  test('says that there is nothing', async () => {
    expect(await writeFiles('c0', 'k8s', folderWith({}), fakeGit([], {}))).toBe(false);
  });

  test.for([
    [['100644 aa ../evil.yaml'], "cannot use the path '../evil.yaml'"],
    [['100644 aa /etc/evil.yaml'], "cannot use the path '/etc/evil.yaml'"],
    [['100644 ff k8s/a.yaml'], "the file 'k8s/a.yaml' is missing"],
    [
      Array.from({ length: 100_001 }, (_, at) => `100644 aa f${at}`),
      'found 100001 files, expected at most 100000',
    ],
  ] as const)('refuses %#', async ([listed, message]) => {
    const target = folderWith({});
    await expect(writeFiles('c0', '', target, fakeGit(listed, { aa: '' }))).rejects.toThrow(
      message,
    );
    expect(existsSync(join(target, '../evil.yaml'))).toBe(false);
  });
});

test('commitOf() gives git what it was given behind --end-of-options', async () => {
  const git: RunGit = async (args) => Buffer.from(`${args.slice(-2).join(' ')}\n`);
  expect(await commitOf('--exec=evil', git)).toBe('--end-of-options --exec=evil^{commit}');
});
