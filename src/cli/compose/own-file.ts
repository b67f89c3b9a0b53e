import { createHash } from 'node:crypto';
import { dump } from 'js-yaml';

/** In the first line of what `compose init` writes, with a digest of the lines below. */
const HEADER = /^# Written by svcdns compose init \(([\da-f]{16})\)[^\n]*\n/;

/**
 * What a file is to us: not there, as it would be written, written before and not edited, written
 * and then edited, or the user's own.
 */
export type FileState = 'missing' | 'same' | 'old' | 'edited' | 'foreign';

/** The text of a file of ours, with these documents. */
export function ownText(documents: readonly object[]): string {
  const body = documents.map((one) => dump(one, { lineWidth: 100, noRefs: true })).join('---\n');
  return `# Written by svcdns compose init (${digest(body)}). Once edited, it is yours and stays.\n${body}`;
}

/** `found` is what is there, undefined for nothing; `wanted` is what would be. */
export function fileState(found: string | undefined, wanted: string): FileState {
  if (found === undefined) return 'missing';
  if (found === wanted) return 'same';
  const [header, known] = HEADER.exec(found) ?? [];
  if (header === undefined) return 'foreign';
  return digest(found.slice(header.length)) === known ? 'old' : 'edited';
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
