import { describe, expect, test } from 'vitest';
import { Comments } from '../../src/lint/comments.ts';

/** The lines, from 1, on which the rule `one` is silent in a file of these lines. */
function silentLines(...lines: readonly string[]): number[] {
  const comments = new Comments();
  comments.read('a.yaml', lines.join('\n'));
  return lines
    .map((_, at) => at + 1)
    .filter((line) => comments.silences('one', { file: 'a.yaml', document: 0, line, column: 1 }));
}

describe('Comments.silences() is about', () => {
  test.for([
    ['the line itself', ['a: 1', 'b: 2 # svcdns-lint: disable=one', 'c: 3'], [2]],
    ['the line below', ['a: 1', '# svcdns-lint: disable=one', 'b: 2', 'c: 3'], [3]],
    ['the line below more comments', ['a: 1', '# svcdns-lint: disable=one', '# why', 'b: 2'], [4]],
    ['the line below an empty one', ['a: 1', '# svcdns-lint: disable=one', '', 'b: 2'], [4]],
    ['a whole document', ['# svcdns-lint: disable=one', 'a: 1', 'b: 2'], [1, 2, 3]],
    [
      'one document of several',
      ['a: 1', '---', '# svcdns-lint: disable=one', 'b: 2', 'c: 3', '---', 'd: 4'],
      [2, 3, 4, 5],
    ],
    ['a document from its mark on', ['--- # svcdns-lint: disable=one', 'a: 1', 'b: 2'], [1, 2, 3]],
    [
      'a whole item of a list',
      ['items:', '# svcdns-lint: disable=one', '- a: 1', '  b: 2', '- c: 3', '  d: 4'],
      [3, 4],
    ],
    [
      'an item with a list of its own',
      ['x:', '- a', '# svcdns-lint: disable=one', '- b:', '  - c', '  - d', 'y: 1'],
      [4, 5, 6],
    ],
    ['several rules', ['a: 1', 'b: 2 # svcdns-lint: disable=two,one'], [2]],
    ['a rule by its code', ['a: 1', 'b: 2 # svcdns-lint: disable=ONE because of that'], [2]],
    ['nothing that is no comment', ['a: 1', 'b: svcdns-lint: disable=one'], []],
    ['no other rule', ['a: 1', 'b: 2 # svcdns-lint: disable=one-more'], []],
    ['lines that end with CR LF', ['a: 1\r', 'b: 2 # svcdns-lint: disable=one\r', ''], [2]],
  ] as const)('%s', ([, lines, silent]) => {
    expect(silentLines(...lines)).toEqual(silent);
  });
});

test('Comments has a problem for what it cannot read, and tells which rules were named', () => {
  const comments = new Comments();
  const text = 'a: 1 # svcdns-lint: off\nb: 2 # svcdns-lint: disable=two\n';
  comments.read('a.yaml', text);
  comments.read('a.yaml', text);
  expect(
    comments.problems.map(({ message, origin }) => [origin.line, origin.column, message]),
  ).toEqual([
    [
      1,
      6,
      'Cannot read this comment: found "off", expected disable=ID, as in disable=external-name-loop; several IDs are joined by commas',
    ],
  ]);
  expect(comments.named).toEqual([
    { id: 'two', origin: { file: 'a.yaml', document: 0, line: 2, column: 6 } },
  ]);
});

test('Comments keeps no more than 10,000 of them', () => {
  const comments = new Comments();
  comments.read('a.yaml', 'a: 1 # svcdns-lint: disable=one\n'.repeat(10_001));
  const isSilent = (line: number) =>
    comments.silences('one', { file: 'a.yaml', document: 0, line, column: 1 });
  expect([isSilent(10_000), isSilent(10_001)]).toEqual([true, false]);
});
