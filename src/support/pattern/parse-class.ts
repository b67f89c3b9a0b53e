import { foldedRanges, merged, NAMED_CLASSES, negated, type Range } from './character-set.ts';
import { classEscape, literalEscape } from './parse-escape.ts';
import { PatternError } from './pattern-error.ts';

/**
 * Reads the bracketed class that begins at `start`; `end` is the offset after its `]`.
 *
 * @throws {PatternError} when it is malformed.
 */
export function classAt(
  source: string,
  start: number,
  foldsCase: boolean,
): { set: readonly Range[]; end: number } {
  let at = start + 1;
  const isNegated = source[at] === '^';
  if (isNegated) at++;
  const found: Range[] = [];
  // A `]` that comes first is a character of the class.
  for (let first = true; first || source[at] !== ']'; first = false) {
    if (at >= source.length) throw new PatternError("Missing ']' for the '['", start + 1);
    const item = itemAt(source, at);
    at = item.end;
    found.push(...item.set);
  }
  // Case first: `(?i)[^k]` takes neither `k` nor `K`.
  const set = foldsCase ? foldedRanges(found) : merged(found);
  return { set: isNegated ? negated(set) : set, end: at + 1 };
}

interface Item {
  readonly set: readonly Range[];
  readonly end: number;
}

function itemAt(source: string, at: number): Item {
  if (source.startsWith('[:', at)) {
    const named = namedClass(source, at);
    if (named !== undefined) return named;
  }
  if (source[at] === '\\') {
    const set = classEscape(source, at);
    if (set !== undefined) return { set, end: at + 2 };
  }
  const low = characterAt(source, at);
  const isRange = source[low.end] === '-' && low.end + 1 < source.length;
  if (!isRange || source[low.end + 1] === ']') return { set: [[low.code, low.code]], end: low.end };
  const highAt = low.end + 1;
  const isClass = source[highAt] === '\\' && classEscape(source, highAt) !== undefined;
  const high = isClass ? undefined : characterAt(source, highAt);
  if (high === undefined || high.code < low.code) {
    const text = source.slice(at, high?.end ?? highAt + 2);
    throw new PatternError(
      `Cannot use the range '${text}': expected two characters in order`,
      at + 1,
    );
  }
  return { set: [[low.code, high.code]], end: high.end };
}

function namedClass(source: string, at: number): Item | undefined {
  const found = /^\[:(\^?)([a-z]*):\]/.exec(source.slice(at, at + 16));
  if (found === null) return undefined;
  const set = NAMED_CLASSES.get(found[2] ?? '');
  if (set === undefined) {
    const known = [...NAMED_CLASSES.keys()].join(', ');
    throw new PatternError(`Unknown class '${found[0]}': expected one of ${known},`, at + 1);
  }
  return { set: found[1] === '^' ? negated(set) : set, end: at + found[0].length };
}

function characterAt(source: string, at: number): { code: number; end: number } {
  if (source[at] === '\\') return literalEscape(source, at);
  return { code: source.charCodeAt(at), end: at + 1 };
}
