import { MAX_TAB_CHARS } from '../limits.ts';
import { type BlockLine, blockLines } from '../parse/block-lines.ts';
import { missingSpaces } from './missing-spaces.ts';

/** Something that a person mistyped, and what kubectl says when it meets it. */
export interface Typo {
  /**
   * `tabs`: lines indented with tabs. `no space`: a key without a space after its colon.
   * `tab lines`: lines with nothing but a tab, which YAML 1.2 allows and kubectl does not.
   */
  readonly kind: 'tabs' | 'no space' | 'tab lines';
  /** Of the first tab, or behind the colon. */
  readonly offset: number;
  /** In the last of the lines that are reported together. */
  readonly last: number;
  /** Of `no space`: the key with its colon. */
  readonly key: string;
  /** Whether what comes after it cannot be read for it: of a tab line, when it is in a text. */
  readonly isHarmful: boolean;
  /** kubectl's words; '' when they depend on what else is in the document. */
  readonly kubectl: string;
}

/** Finds the typos of a document that is not YAML, in its order, in one pass over its lines. */
export function findTypos(text: string): readonly Typo[] {
  const lines = [...blockLines(text)];
  const written = lines.filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  const keys = [...missingSpaces(written, text)].map(([{ content, afterColon }, kubectl]): Typo => {
    const key = text.slice(content, afterColon);
    return {
      kind: 'no space',
      offset: afterColon,
      last: afterColon,
      key,
      isHarmful: true,
      kubectl,
    };
  });
  return [...tabRuns(lines, text), ...keys].sort((a, b) => a.offset - b.offset);
}

/** The lines of a document that kubectl would refuse for a tab, although they mean nothing. */
export function tabLines(text: string): readonly Typo[] {
  // Nearly every document: its lines need no look.
  if (text.length > MAX_TAB_CHARS || !/^\t/m.test(text)) return [];
  return tabRuns(blockLines(text), text).filter(({ kind }) => kind === 'tab lines');
}

/** Lines next to each other that are indented with tabs are one typo. */
function tabRuns(lines: Iterable<BlockLine>, text: string): readonly Typo[] {
  const runs: Typo[] = [];
  let run: { -readonly [K in keyof Typo]: Typo[K] } | undefined;
  let before: BlockLine | undefined;
  let end = 0;
  for (const line of lines) {
    // Lines in quotes or brackets are left out: only CR LF may lie between two neighbours.
    if (line.start > end + 2) run = undefined;
    end = line.end;
    const isWritten = line.kind !== 'blank' && line.kind !== 'comment';
    const tab = tabOf(line, before, text);
    if (tab === undefined) {
      if (line.kind !== 'blank') run = undefined;
    } else {
      if (run === undefined) {
        const kubectl = tabWords(line, tab, before);
        const isHarmful = line.inText;
        run = { kind: 'tab lines', offset: tab, last: tab, key: '', isHarmful, kubectl };
        runs.push(run);
      }
      run.last = tab;
      if (isWritten) {
        run.kind = 'tabs';
        run.isHarmful = true;
      }
    }
    if (isWritten) before = line;
  }
  return runs;
}

/** The first tab of a line's indentation, where it does harm. */
function tabOf(line: BlockLine, before: BlockLine | undefined, text: string): number | undefined {
  const { start, first, kind } = line;
  let tab = start;
  while (tab < first && text[tab] !== '\t') tab += 1;
  if (tab === first) return undefined;
  if (kind === 'blank' || kind === 'comment') return tab === start ? tab : undefined;
  // Further lines of a text may begin with anything, if they are indented at all.
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
