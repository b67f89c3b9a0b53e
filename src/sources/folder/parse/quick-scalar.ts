import { APOSTROPHE, BACKSLASH, COLON, HASH, QUOTE, SPACE } from '../../../support/ascii.ts';
import { plainScalar } from './scalars.ts';
import type { StringPool } from './string-pool.ts';

/**
 * Where the value ends that begins at `start`: one that is plain, or in quotes without escapes, and
 * stands on one line before `end`. -1 for any other. What follows it is for the caller to judge.
 */
export function scalarEnd(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start);
  return isQuote(first) ? quotedEnd(text, start, first, end) : plainEnd(text, start, end);
}

/** The value between `start` and what `scalarEnd` found. */
export function scalarOf(text: string, start: number, end: number, strings: StringPool): unknown {
  if (isQuote(text.charCodeAt(start))) return strings.of(text, start + 1, end - 1);
  return plainScalar(text, start, end, strings);
}

/** Whether a character is of ASCII and has a shape; false for NaN, which is behind a text's end. */
export function isPrintable(char: number): boolean {
  return char >= 0x20 && char <= 0x7e;
}

function isQuote(char: number): boolean {
  return char === QUOTE || char === APOSTROPHE;
}

/** The end of a plain text, which is the end of the line. */
function plainEnd(text: string, start: number, end: number): number {
  if (!isPlainStart(text.charCodeAt(start))) return -1;
  let at = start + 1;
  for (let char = text.charCodeAt(at); isPrintable(char) && at < end; ) {
    const next = text.charCodeAt(at + 1);
    if (char === COLON && (next === SPACE || !isPrintable(next))) return -1;
    if (char === SPACE && (next === HASH || !isPrintable(next))) return -1;
    at += 1;
    char = next;
  }
  return at;
}

/** Behind the quotes that close those that open at `start`. */
function quotedEnd(text: string, start: number, quote: number, end: number): number {
  for (let at = start + 1; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) return text.charCodeAt(at + 1) === quote ? -1 : at + 1;
    if (!isPrintable(char) || char === BACKSLASH) return -1;
  }
  return -1;
}

const PLAIN_STARTS = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w./]/.test(String.fromCharCode(code)) ? 1 : 0,
);

function isPlainStart(char: number): boolean {
  return char < 128 && PLAIN_STARTS[char] === 1;
}
