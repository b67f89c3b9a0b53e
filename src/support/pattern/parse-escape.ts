import { DIGITS, negated, type Range, SPACE, WORD } from './character-set.ts';
import { PatternError } from './pattern-error.ts';

const CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ['d', DIGITS],
  ['D', negated(DIGITS)],
  ['w', WORD],
  ['W', negated(WORD)],
  ['s', SPACE],
  ['S', negated(SPACE)],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

/**
 * The characters of `\d`, `\W` …, two characters long; undefined when the backslash at `at` begins
 * another escape.
 */
export function classEscape(source: string, at: number): readonly Range[] | undefined {
  return CLASSES.get(source[at + 1] ?? '');
}

/**
 * The one character that the escape at `at` stands for.
 *
 * @throws {PatternError} when it is not one that is offered.
 */
export function literalEscape(source: string, at: number): { code: number; end: number } {
  const character = source[at + 1];
  if (character === undefined) throw new PatternError("Nothing after '\\'", at + 1);
  const control = CONTROLS.get(character);
  if (control !== undefined) return { code: control, end: at + 2 };
  if (character === 'x') return hexadecimal(source, at);
  if (/[0-9]/.test(character)) {
    const message = `'\\${character}' is not offered: neither backreferences, which cannot be matched in linear time, nor octal numbers,`;
    throw new PatternError(message, at + 1);
  }
  if (/[A-Za-z]/.test(character) || character.charCodeAt(0) > 0x7f) {
    const message = `Unknown escape '\\${character}': expected \\d \\w \\s \\D \\W \\S \\b \\B \\A \\z \\t \\n \\r \\f \\v \\a \\xHH, or a punctuation mark`;
    throw new PatternError(message, at + 1);
  }
  return { code: character.charCodeAt(0), end: at + 2 };
}

function hexadecimal(source: string, at: number): { code: number; end: number } {
  const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,4})\})/.exec(source.slice(at + 2, at + 8));
  if (found === null)
    throw new PatternError("Cannot read '\\x': expected \\xHH or \\x{HHHH}", at + 1);
  return { code: Number.parseInt(found[1] ?? found[2] ?? '', 16), end: at + 2 + found[0].length };
}
