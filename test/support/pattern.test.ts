import { describe, expect, test } from 'vitest';
import { Pattern, PatternError } from '../../src/support/pattern.ts';

describe('Pattern.find() finds', () => {
  /** Groups as written; `-` for one that took no part. */
  const cases: [pattern: string, text: string, index: number, groups: string][] = [
    ['', 'abc', 0, ''],
    ['b', 'abc', 1, 'b'],
    ['a.c', 'xabc', 1, 'abc'],
    ['ab|a', 'ab', 0, 'ab'],
    ['a|ab', 'ab', 0, 'a'],
    ['(a)|(b)', 'b', 0, 'b,-,b'],
    ['(a+)(a*)', 'aaa', 0, 'aaa,aaa,'],
    ['(a+?)(a*)', 'aaa', 0, 'aaa,a,aa'],
    ['(a??)(a*)', 'aaa', 0, 'aaa,,aaa'],
    ['(a{2,3}?)(a*)', 'aaaa', 0, 'aaaa,aa,aa'],
    ['a{2}', 'aaa', 0, 'aa'],
    ['a{2,}', 'baaaa', 1, 'aaaa'],
    ['a{0}b', 'ab', 1, 'b'],
    ['a{,2}', 'a{,2}', 0, 'a{,2}'],
    ['(ab)*c', 'ababc', 0, 'ababc,ab'],
    ['(?:a|b)+', 'abab', 0, 'abab'],
    ['(?P<x>a)(?<y>b)', 'ab', 0, 'ab,a,b'],
    ['^a$', 'a', 0, 'a'],
    ['(?m)^b$', 'a\nb\nc', 2, 'b'],
    ['\\Ab\\z', 'b', 0, 'b'],
    ['\\bcd\\b', 'ab cd', 3, 'cd'],
    ['a\\Bb', 'ab', 0, 'ab'],
    ['[a-c]+', 'xxabcd', 2, 'abc'],
    ['[^a-c]+', 'abxyc', 2, 'xy'],
    ['[]a]+', 'x]a', 1, ']a'],
    ['[a-]+', 'b-a', 1, '-a'],
    ['[\\]\\-x]+', ']-x', 0, ']-x'],
    ['[[:digit:][:^ascii:]_]+', 'a1_é', 1, '1_é'],
    ['[\\d.]+', 'ip10.0', 2, '10.0'],
    ['\\w+\\s\\W', 'ab !', 0, 'ab !'],
    ['\\D+\\S', '12ab3', 2, 'ab3'],
    ['\\.x\\x41\\x{42}\\t', '.xAB\t', 0, '.xAB\t'],
    ['(?i)web', 'WeB', 0, 'WeB'],
    ['(?i)[^k]', 'Kkx', 2, 'x'],
    ['a(?i:b)c', 'aBc', 0, 'aBc'],
    ['(?i)a(?-i)b', 'Ab', 0, 'Ab'],
    ['(?s)a.b', 'a\nb', 0, 'a\nb'],
    ['(|a)*', 'aa', 0, ','],
    ['(|a)+', 'aa', 0, ','],
    ['(a*)*', 'aab', 0, 'aa,aa'],
    ['(a*)+$', 'b', 1, ','],
    ['x*', 'aaa', 0, ''],
    ['\\p{Greek}+', 'aβγ', 1, 'βγ'],
    ['\\Qa.b\\E', 'a.b', 0, 'a.b'],
  ];
  test.each(cases)('%s in %j', (pattern, text, index, groups) => {
    const match = new Pattern(pattern).find(text);
    expect(match?.index).toBe(index);
    expect(match?.groups.map((group) => group ?? '-').join(',')).toBe(groups);
    expect(new Pattern(pattern).test(text)).toBe(true);
  });
});

test.each([
  ['a', ''],
  ['^b', 'ab'],
  ['a$', 'ab'],
  ['a.b', 'a\nb'],
  ['web', 'WEB'],
  ['[^\\d]', '123'],
  ['a(?i)b(?-i)c', 'abC'],
  ['(?i:a)b', 'AB'],
  ['(a|b(?i)c)d', 'aD'],
])('Pattern.find() of %s does not match %j', (pattern, text) => {
  expect(new Pattern(pattern).find(text)).toBeUndefined();
  expect(new Pattern(pattern).test(text)).toBe(false);
});

test('Pattern names its groups', () => {
  const pattern = new Pattern('(?P<host>.*)-(\\d+)');
  expect(pattern.groupNames).toEqual([undefined, 'host', undefined]);
  expect(pattern.groupCount).toBe(2);
});

describe('Pattern refuses', () => {
  const cases: [pattern: string, message: string][] = [
    ['a(b', 'missing closing ): `a(b`'],
    ['a)b', 'unexpected ): `a)b`'],
    ['[ab', 'missing closing ]: `[ab`'],
    ['ab[c', 'missing closing ]: `[c` at column 3 of the pattern'],
    ['[z-a]', 'invalid character class range: `z-a` at column 2 of the pattern'],
    ['[a-\\d]', 'invalid escape sequence: `\\d` at column 4 of the pattern'],
    ['[[:alhpa:]]', 'invalid character class range: `[:alhpa:]` at column 2 of the pattern'],
    ['*a', 'missing argument to repetition operator: `*` at column 1 of the pattern'],
    ['a|+', 'missing argument to repetition operator: `+` at column 3 of the pattern'],
    ['{2}a', 'missing argument to repetition operator: `{2}` at column 1 of the pattern'],
    ['(?i)*', 'missing argument to repetition operator: `*` at column 5 of the pattern'],
    ['a**', 'invalid nested repetition operator: `**` at column 2 of the pattern'],
    ['a**b**', 'invalid nested repetition operator: `**`'],
    ['a{2}{3}', 'invalid nested repetition operator: `{2}{3}` at column 2 of the pattern'],
    ['a{1001}', 'invalid repeat count: `{1001}` at column 2 of the pattern'],
    ['a{3,2}', 'invalid repeat count: `{3,2}` at column 2 of the pattern'],
    ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
    ['a\\', 'trailing backslash at end of expression'],
    [
      '(a)\\1',
      'invalid escape sequence: `\\1`, which cannot be matched in linear time at column 4 of the pattern',
    ],
    ['\\pX|a', 'invalid character class range: `\\pX` at column 1 of the pattern'],
    ['\\xg|a', 'invalid escape sequence: `\\xg|` at column 1 of the pattern'],
    [
      '(?=a)',
      'invalid or unsupported Perl syntax: `(?=`, which cannot be matched in linear time at column 1 of the pattern',
    ],
    ['(?<!a)', 'invalid named capture: `(?<!a)`, which cannot be matched in linear time'],
    ['(?x)a', 'invalid or unsupported Perl syntax: `(?x` at column 1 of the pattern'],
    ['(?P<a>.)(?P<a>.)', 'duplicate capture group name: `a`'],
    [`(?P<${'a'.repeat(99)}`, `invalid named capture: \`(?P<${'a'.repeat(55)}…\``],
    ['(a)'.repeat(51), 'More than 50 groups: use (?:…) for some'],
    [
      'a{1000}b{1000}',
      'Pattern of 2002 steps when its repetitions are written out: expected at most 2000',
    ],
    ['a'.repeat(10_001), 'Pattern of 10001 characters: expected at most 10000'],
  ];
  test.each(cases)('%s', (pattern, message) => {
    expect(() => new Pattern(pattern)).toThrow(new PatternError(message));
  });
});

describe('Pattern.find() ends on a text that a backtracking engine would take for ever for', () => {
  const hostile = [
    '(a+)+$',
    '(a*)*b$',
    '(a|aa)+$',
    '(.*)*x',
    '(a?){60}a{60}c',
    '(.{1,40}.{1,40})*!',
  ];
  test.each(hostile)('%s', (source) => {
    const pattern = new Pattern(source);
    for (const length of [250, 5_000]) {
      const text = `${'a'.repeat(length)}b.`;
      expect(pattern.find(text)).toBeUndefined();
      expect(pattern.test(text)).toBe(false);
    }
  });
});
