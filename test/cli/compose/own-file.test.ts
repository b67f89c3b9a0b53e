import { expect, test } from 'vitest';
import { fileState, ownText } from '../../../src/cli/compose/own-file.ts';

const WANTED = ownText([{ a: 1 }, { b: ['x: y'] }]);

test('ownText() is documents of YAML under a line that names svcdns', () => {
  expect(WANTED).toMatch(
    /^# Written by svcdns compose init \([\da-f]{16}\)\. Once edited, it is yours and stays\.\na: 1\n---\nb:\n {2}- 'x: y'\n$/,
  );
});

test.for([
  ['nothing', undefined, 'missing'],
  ['the same', WANTED, 'same'],
  ['one written before', ownText([{ a: 2 }]), 'old'],
  ['one that was edited', WANTED.replace('a: 1', 'a: 3'), 'edited'],
  ['one that was added to', `${WANTED}c: 1\n`, 'edited'],
  ["somebody else's", 'a: 1\n', 'foreign'],
  ['one whose first line is gone', WANTED.replace(/^.*\n/, ''), 'foreign'],
  ['an empty one', '', 'foreign'],
] as const)('fileState() of %s', ([, found, state]) => {
  expect(fileState(found, WANTED)).toBe(state);
});
