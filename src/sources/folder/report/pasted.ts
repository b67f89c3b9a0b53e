import type { Fault } from './fault.ts';

/** As `nl`, `cat -n`, `grep -n`, and pagers with a rule print the head of a manifest. */
const NUMBERED_HEAD =
  /^[ \t]*(\d{1,6})(?:[ \t]+|[ \t]*[.):|│][ \t]*)["']?(?:apiVersion|kind)["']?[ \t]*:.*/m;

/** Blanks between two lines with numbers, characters. */
const MAX_GAP = 1_000;

/** The fault of a text that was copied together with line numbers; undefined for any other. */
export function lineNumbersFault(text: string): Fault | undefined {
  const head = NUMBERED_HEAD.exec(text);
  if (head === null) return undefined;
  const end = head.index + head[0].length;
  const next = /^\s*(\d{1,6})(?!\d)/.exec(text.slice(end, end + MAX_GAP));
  if (Number(next?.[1]) !== Number(head[1]) + 1) return undefined;
  const found =
    'found line numbers before its lines, as nl and cat -n print them, expected the lines alone';
  return { code: 'MANIFEST_SYNTAX', offset: head.index, found };
}

/** Whether a YAML value may be a manifest with line numbers: `1 apiVersion` is a key too. */
export function hasNumberedKeys(value: unknown): boolean {
  return typeof value === 'object' && value !== null && /^\d/.test(Object.keys(value)[0] ?? '');
}

/** Whether a comment of other languages begins there. */
export function isSlashComment(text: string, at: number): boolean {
  return text.startsWith('//', at) || text.startsWith('/*', at);
}

/** The fault of a document that begins with such a comment. */
export function slashCommentFault(offset: number): Fault {
  const found =
    'found a comment, expected none: JSON has no comments, and those of YAML begin with #';
  return { code: 'MANIFEST_SYNTAX', offset, found };
}
