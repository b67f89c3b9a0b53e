import { describe, expect, test } from 'vitest';
import { Machine } from '../../../src/support/pattern/machine.ts';
import { parsePattern } from '../../../src/support/pattern/parse.ts';
import { Pattern } from '../../../src/support/pattern/pattern.ts';
import { PatternError } from '../../../src/support/pattern/pattern-error.ts';
import { compileSyntax } from '../../../src/support/pattern/program.ts';

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
    ['a(b', "Missing ')' for the '(' at column 2 of the pattern"],
    ['a)b', "Unexpected ')' without '(' at column 2 of the pattern"],
    ['[ab', "Missing ']' for the '[' at column 1 of the pattern"],
    ['[', "Missing ']' for the '[' at column 1 of the pattern"],
    ['[z-a]', "Cannot use the range 'z-a': expected two characters in order at column 2"],
    ['[a-\\d]', "Cannot use the range 'a-\\d': expected two characters in order at column 2"],
    ['[[:alhpa:]]', "Unknown class '[:alhpa:]': expected one of alnum, alpha,"],
    ['*a', "Nothing to repeat before '*' at column 1 of the pattern"],
    ['a|+', "Nothing to repeat before '+' at column 3 of the pattern"],
    ['{2}', "Nothing to repeat before '{' at column 1 of the pattern"],
    ['(?i)*', 'Nothing to repeat at column 1 of the pattern'],
    ['a**', "Cannot repeat a repetition '**' at column 2 of the pattern"],
    ['a{2}{3}', "Cannot repeat a repetition '{2}{' at column 2 of the pattern"],
    [
      'a{1001}',
      'Cannot repeat {1001}: expected at most 1000, the smaller number first, at column 2',
    ],
    ['a{3,2}', 'Cannot repeat {3,2}'],
    ['a\\', "Nothing after '\\' at column 2 of the pattern"],
    ['(a)\\1', "'\\1' is not offered: neither backreferences, which cannot be matched in linear"],
    ['\\pL', "Unknown escape '\\p': expected \\d \\w"],
    ['\\xg', "Cannot read '\\x': expected \\xHH or \\x{HHHH} at column 1 of the pattern"],
    ['(?=a)', "Lookaround '(?=' is not offered: it cannot be matched in linear time at column 1"],
    ['(?<!a)', "Lookaround '(?<!' is not offered"],
    ['(?x)a', "Unknown flag 'x': expected i, s or m, at column 1 of the pattern"],
    ['(?)', 'Cannot read the group: expected (?:…), (?P<name>…) or flags as in (?i), at column 1'],
    ['(?P<a>.)(?P<a>.)', "A second group named 'a' at column 9 of the pattern"],
    ['(a)'.repeat(51), 'More than 50 groups: use (?:…) for some, at column 151 of the pattern'],
    ['(?:'.repeat(101), 'More than 100 groups inside one another at column 301 of the pattern'],
    ['((a{100}){100}){100}', 'when its repetitions are written out: expected at most 2000'],
    ['a'.repeat(10_001), 'Pattern of 10001 characters: expected at most 10000'],
  ];
  test.each(cases)('%s', (pattern, message) => {
    expect(() => new Pattern(pattern)).toThrow(PatternError);
    expect(() => new Pattern(pattern)).toThrow(message);
  });

  test('with the column apart from the text', () => {
    const refusal = (() => {
      try {
        return new Pattern('ab[c');
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toMatchObject({ column: 3 });
  });
});

describe('Machine.run() visits each instruction at most once a character', () => {
  const hostile = ['(a+)+$', '(a*)*b', '(a|aa)+$', '(.*)*x', '(a?){60}a{60}', '(.{1,40}.{1,40})*!'];
  test.each(hostile)('%s', (source) => {
    const program = compileSyntax(parsePattern(source).syntax);
    const text = `${'a'.repeat(254)}b`;
    for (const slots of [0, 4]) {
      const machine = new Machine(program, slots);
      machine.run(text);
      // Once when it is reached, once when it takes its character.
      expect(machine.visits).toBeLessThanOrEqual(2 * program.length * (text.length + 1));
      expect(machine.visits).toBeGreaterThan(text.length);
    }
  });
});

test('Pattern writes out nothing for a repetition of nothing', () => {
  const pattern = new Pattern('(?:(?:(?:){1000}){1000}){1000}a');
  expect(pattern.find('ba')?.index).toBe(1);
});
