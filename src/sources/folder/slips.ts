import { type BlockLine, blockLines } from './block-lines.ts';
import { gluedKeys } from './glued-keys.ts';
import { MAX_TAB_CHARS } from './limits.ts';

/** Something that a person mistyped, and what kubectl says when it meets it. */
export interface Slip {
  /**
   * `tabs`: lines indented with tabs. `glued`: a key without a blank behind its colon. `tab lines`:
   * lines with nothing but a tab, which YAML 1.2 allows and kubectl does not.
   */
  readonly kind: 'tabs' | 'glued' | 'tab lines';
  /** Of the first tab, or behind the colon. */
  readonly offset: number;
  /** In the last line of those that are one slip. */
  readonly last: number;
  /** Of `glued`: the key with its colon. */
  readonly key: string;
  /** kubectl's words; '' when they depend on what else is in the document. */
  readonly kubectl: string;
}

/** A document's slips, in its order, and what is to be changed to mend them. */
export interface Slips {
  readonly found: readonly Slip[];
  /** Of each tab in an indentation, and on a line without content. */
  readonly tabs: readonly number[];
  /** Behind each colon that lacks a blank. */
  readonly colons: readonly number[];
}

/** How far a tab may have been meant to indent; one that slipped in, not at all. */
export const TAB_WIDTHS = [0, 2, 4, 8] as const;

/** Finds the slips of a document that is not YAML, in one pass over its lines. */
export function findSlips(text: string): Slips {
  const lines = [...blockLines(text)];
  const { runs, tabs } = tabRuns(lines, text);
  const written = lines.filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  const glued = gluedKeys(written, text, tabs.length > 0 ? TAB_WIDTHS : [1]);
  const keys = [...glued].map(([{ content, afterColon }, kubectl]): Slip => {
    const key = text.slice(content, afterColon);
    return { kind: 'glued', offset: afterColon, last: afterColon, key, kubectl };
  });
  const found = [...runs, ...keys].sort((a, b) => a.offset - b.offset);
  return { found, tabs, colons: keys.map(({ offset }) => offset) };
}

/** The lines of a document that kubectl would refuse for a tab, although they mean nothing. */
export function tabLines(text: string): readonly Slip[] {
  // Nearly every document: its lines need no look.
  if (text.length > MAX_TAB_CHARS || !/^\t/m.test(text)) return [];
  return tabRuns(blockLines(text), text).runs.filter(({ kind }) => kind === 'tab lines');
}

/** Lines next to each other that are indented with tabs are one slip. */
function tabRuns(
  lines: Iterable<BlockLine>,
  text: string,
): { readonly runs: readonly Slip[]; readonly tabs: readonly number[] } {
  const runs: Slip[] = [];
  const tabs: number[] = [];
  let run: { -readonly [K in keyof Slip]: Slip[K] } | undefined;
  let before: BlockLine | undefined;
  let end = 0;
  for (const line of lines) {
    // Lines in quotes or brackets are not told; CR LF is all that may lie between two that are.
    if (line.start > end + 2) run = undefined;
    end = line.end;
    const isWritten = line.kind !== 'blank' && line.kind !== 'comment';
    const tab = tabOf(line, before, text);
    if (tab === undefined) {
      if (line.kind !== 'blank') run = undefined;
    } else if (run === undefined) {
      run = {
        kind: 'tab lines',
        offset: tab,
        last: tab,
        key: '',
        kubectl: tabWords(line, tab, before),
      };
      runs.push(run);
    }
    if (run !== undefined && tab !== undefined) {
      run.last = tab;
      if (isWritten) run.kind = 'tabs';
      for (let at = tab; at < line.first; at += 1) if (text[at] === '\t') tabs.push(at);
    }
    if (isWritten) before = line;
  }
  return { runs, tabs };
}

/** The first tab of a line's indentation, where it does harm. */
function tabOf(line: BlockLine, before: BlockLine | undefined, text: string): number | undefined {
  const { start, first, kind } = line;
  let tab = start;
  while (tab < first && text[tab] !== '\t') tab += 1;
  if (tab === first) return undefined;
  if (kind === 'blank' || kind === 'comment') return tab === start ? tab : undefined;
  // Further lines of a text may begin with anything, once they are indented at all.
  const isMoreText = kind === 'other' && before?.value === 'plain';
  return isMoreText && tab - start > before.content - before.start ? undefined : tab;
}

/** go-yaml looks for tabs where a plain text may go on, and everywhere else for tokens. */
function tabWords(line: BlockLine, tab: number, before: BlockLine | undefined): string {
  if (tab !== line.start) return '';
  if (line.inText) return 'found a tab character where an indentation space is expected';
  if (before?.value === 'plain') return 'found a tab character that violates indentation';
  return 'found character that cannot start any token';
}
