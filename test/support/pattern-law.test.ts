import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pattern, PatternError } from '../../src/support/pattern.ts';
import { runs } from '../helpers/runs.ts';

/**
 * Patterns that RE2 and JavaScript read alike. What is repeated takes at least one character and
 * remembers nothing: the two differ about repeated groups and empty rounds.
 */
const { solid, anything } = fc.letrec<{ solid: string; plain: string; anything: string }>((tie) => {
  const character = fc.constantFrom(
    ...['a', 'b', 'c', '.', '\\.', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '[ab]', '[^a]'],
    ...['[a-c.]', '[^\\d.]', '\\x61', '-', '1'],
  );
  const operator = fc.constantFrom(
    '+',
    '+?',
    '{2}',
    '{1,3}',
    '{1,3}?',
    '{2,}',
    '*',
    '*?',
    '?',
    '??',
  );
  const plain = fc.array(tie('solid') as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 });
  return {
    solid: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      character,
      fc.tuple(tie('plain'), tie('plain')).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(
          tie('solid') as fc.Arbitrary<string>,
          fc.constantFrom('+', '+?', '{2}', '{1,3}', '{2,3}?'),
        )
        .map(([body, repeat]) => `(?:${body})${repeat}`),
    ),
    plain: plain.map((parts) => parts.join('')),
    anything: fc
      .array(
        fc.oneof(
          character,
          fc.tuple(tie('solid'), operator).map(([body, repeat]) => `(?:${body})${repeat}`),
          fc.tuple(tie('plain'), tie('plain')).map(([a, b]) => `(${a}|${b}|)`),
          tie('plain').map((body) => `(${body})`),
          fc.constantFrom('^', '$', '\\b', '\\B'),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => parts.join('')),
  };
});

const texts = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'A', '.', '1', '-', ' '),
  maxLength: 14,
});

test('Pattern.find() equals RegExp.exec() on what both understand', () => {
  fc.assert(
    fc.property(
      anything as fc.Arbitrary<string>,
      texts,
      fc.boolean(),
      (source, text, foldsCase) => {
        const expected = new RegExp(source, foldsCase ? 'i' : '').exec(text);
        const pattern = new Pattern(foldsCase ? `(?i)${source}` : source);
        const found = pattern.find(text);
        expect(found === undefined ? null : [found.index, ...found.groups]).toEqual(
          expected === null ? null : [expected.index, ...expected],
        );
        expect(pattern.test(text)).toBe(expected !== null);
      },
    ),
    { numRuns: runs(2000) },
  );
});

test('Pattern.test() of a repetition equals RegExp.test()', () => {
  fc.assert(
    fc.property(solid as fc.Arbitrary<string>, texts, (source, text) => {
      const whole = `^(?:${source})*$`;
      expect(new Pattern(whole).test(text)).toBe(new RegExp(whole).test(text));
    }),
  );
});

test('Pattern takes any text or refuses it with a PatternError', () => {
  const odd = fc.string({
    unit: fc.constantFrom(...'()[]{}|*+?^$.\\-:,<>=!P0129abisx'),
    maxLength: 30,
  });
  fc.assert(
    fc.property(odd, texts, (source, text) => {
      try {
        const match = new Pattern(source).find(text);
        expect(match === undefined || text.startsWith(match.groups[0] ?? '', match.index)).toBe(
          true,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(PatternError);
      }
    }),
    { numRuns: runs(3000) },
  );
});
