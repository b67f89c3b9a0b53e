import { HASH, NEWLINE, RETURN, SPACE, TAB } from '../../../support/ascii.ts';
/** A part of a file between two `---` lines, not yet parsed. */
export interface Chunk {
  /** Where `text` begins in the file's text. */
  readonly start: number;
  readonly text: string;
}

/**
 * Splits a file into documents before any parsing, as kubectl does, so that a syntax
 * error costs one document only. Documents with nothing but blanks and comments are left out.
 *
 * kubernetes/apimachinery pkg/util/yaml, YAMLReader: a line that begins with `---` ends a document.
 * The line's own rest is kept when it has content: `--- {kind: Service}` is a document in YAML,
 * which kubectl would pass over in silence. Directives (`%YAML 1.1`) stay with the document they
 * introduce.
 */
export function* splitDocuments(text: string): Generator<Chunk> {
  let start = 0;
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    // `m` also takes U+2028 for a line break, and YAML does not.
    if (index > 0 && !isLineEnd(text.charCodeAt(index - 1))) continue;
    if (isDirectives(text, start, index)) continue;
    const chunk = chunkOf(text, start, index);
    if (chunk !== undefined) yield chunk;
    start = index;
  }
  const last = chunkOf(text, start, text.length);
  if (last !== undefined) yield last;
}

function chunkOf(text: string, start: number, end: number): Chunk | undefined {
  const isMarked = text.startsWith('---', start) && start + 3 <= end;
  const content = skipBlank(text, isMarked ? start + 3 : start, end);
  if (content >= end) return undefined;
  if (!isMarked) return { start, text: text.slice(start, end) };
  // Without its marker line where that says nothing, so that a byte order mark in the middle of
  // files put together comes first in its document, where it may be.
  const marker = lineEnd(text, start);
  const next = marker + (text.startsWith('\r\n', marker) ? 2 : 1);
  const from = next <= content ? next : start;
  return { start: from, text: text.slice(from, end) };
}

/** Whether there is nothing there but directives, with comments and blanks. */
function isDirectives(text: string, start: number, end: number): boolean {
  let at = skipBlank(text, start, end);
  if (at >= end) return false;
  while (at < end) {
    if (text[at] !== '%') return false;
    at = skipBlank(text, lineEnd(text, at), end);
  }
  return true;
}

/**
 * The first offset at or after `at` that is neither blank nor in a comment, or `end`.
 * A loop, as a regular expression would run out of stack on a long comment.
 */
export function skipBlank(text: string, at: number, end: number): number {
  let index = at;
  while (index < end) {
    const char = text.charCodeAt(index);
    if (char === HASH) index = lineEnd(text, index);
    else if (isSpace(char)) index += 1;
    else return index;
  }
  return end;
}

function lineEnd(text: string, at: number): number {
  let index = at;
  while (index < text.length && !isLineEnd(text.charCodeAt(index))) index += 1;
  return index;
}

const BYTE_ORDER_MARK = 0xfeff;

function isSpace(char: number): boolean {
  return char === SPACE || char === TAB || isLineEnd(char) || char === BYTE_ORDER_MARK;
}

/** Of a character code. */
export function isLineEnd(char: number): boolean {
  return char === NEWLINE || char === RETURN;
}
