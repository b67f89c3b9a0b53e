import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';

/** Why a document could not be read: for the person who must fix it. */
export interface Fault {
  readonly code: 'MANIFEST_SYNTAX' | 'MANIFEST_DUPLICATE_KEY' | 'MANIFEST_LIMIT';
  /** Where, as an offset into the text that was parsed. */
  readonly offset: number;
  /** What was found and what was expected, to follow "Cannot read this document:". */
  readonly found: string;
  /** For a duplicate: where the first one is. */
  readonly first?: number;
}

/** The fault of a document that is past a limit. */
export function limitFault(offset: number, found: string): Fault {
  return { code: 'MANIFEST_LIMIT', offset, found };
}

/** The error of a document that is not YAML, or past a limit. */
export function faultProblem(fault: Fault, originAt: (offset: number) => Origin): Problem {
  const message = `Cannot read this document: ${faultText(fault, (offset) => originAt(offset).line)}`;
  return { severity: 'error', code: fault.code, message, origin: originAt(fault.offset) };
}

/** The fault in words. `lineOf` gives the line of an offset, for a key that is there twice. */
function faultText(fault: Fault, lineOf: (offset: number) => number): string {
  if (fault.code !== 'MANIFEST_DUPLICATE_KEY') return fault.found;
  const again = `found key ${quoted(fault.found)} again`;
  if (fault.first === undefined) return `${again} in one mapping, expected it once`;
  return `${again}, first written on line ${lineOf(fault.first)}, expected it once`;
}

/** The character or word at `offset`, quoted, for "found …". */
export function wordAt(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the document';
  const word = /^(?:[\w$-]+|[\s\S])/u.exec(text.slice(offset, offset + 32))?.[0] ?? '';
  if (word === '\n' || word === '\r') return 'the end of the line';
  if (word === '\t') return 'a tab';
  if (word === ' ') return 'a space';
  return quoted(word);
}

/** Text from a manifest as part of a message: on one line, printable, and not too long. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  const printable = short.replaceAll(
    /[\p{C}\u2028\u2029]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
  return `'${printable}'`;
}
