import { describe, expect, test } from 'vitest';
import { displayName, isInFolder, shownPath } from '../../src/support/paths.ts';

describe('displayName', () => {
  test.for([
    ['/here/zones/a.yaml', '/here', 'zones/a.yaml'],
    ['/here', '/here', '/here'],
    ['/etc/a.yaml', '/here', '/etc/a.yaml'],
    ['/work2/a.yaml', '/here', '/work2/a.yaml'],
    ['/here/..data/a.yaml', '/here', '..data/a.yaml'],
    ['/a.yaml', '/', 'a.yaml'],
  ] as [string, string, string][])('%s seen from %s is %s', ([path, from, name]) => {
    expect(displayName(path, from)).toBe(name);
  });
});

test('shownPath() shows the working folder as a dot', () => {
  expect(['/here', '/here/a', '/'].map((path) => shownPath(path, '/here'))).toEqual([
    '.',
    'a',
    '/',
  ]);
});

test('isInFolder() holds for the folder and what is below it', () => {
  const paths = ['/here', '/here/a', '/here2', '/'];
  expect(paths.map((path) => isInFolder(path, '/here'))).toEqual([true, true, false, false]);
  expect(isInFolder('/a', '/')).toBe(true);
});
