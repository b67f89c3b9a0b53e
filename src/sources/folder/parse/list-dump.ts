import { DASH, HASH, NEWLINE, RETURN, SPACE } from '../../../support/ascii.ts';
import { skipBlank } from './documents.ts';

/** A List as kubectl writes it, cut into its items before anything is parsed. */
export interface ListDump {
  /** The document without its items: what stands before and behind them, around an empty list. */
  readonly frame: string;
  /** An offset into `frame` as one into the document. */
  unframed(offset: number): number;
  /** Where the items begin in the document, and at last where they end. */
  readonly bounds: readonly number[];
}

const EMPTY = ' []\n';

/**
 * Cuts a document with a block list under its key `items`. Undefined when it has none, or is
 * written in a way that lines alone do not tell: then it has to be parsed whole.
 *
 * Every line inside an item is indented deeper than the item's own dash (YAML 1.2 section 8.2.1),
 * so a dash there begins the next one, whatever stands between. What is cut wrongly all the same
 * does not parse.
 */
export function cutList(text: string): ListDump | undefined {
  const head = /(?:^|\n)items:[ \t]*(?:#.*)?\r?\n/.exec(text);
  if (head === null) return undefined;
  const start = head.index + head[0].length;
  const dash = skipBlank(text, start, text.length);
  const indent = dash - (text.lastIndexOf('\n', dash) + 1);
  if (lineKind(text, dash - indent, indent) !== 'item') return undefined;
  const starts: number[] = [];
  let at = start;
  for (; at < text.length; at = nextLine(text, at)) {
    const kind = lineKind(text, at, indent);
    if (kind === 'end') break;
    if (kind === 'item') starts.push(at);
  }
  const tail = at;
  const key = text.indexOf(':', head.index) + 1;
  const rest = key + EMPTY.length;
  return {
    frame: text.slice(0, key) + EMPTY + text.slice(tail),
    unframed: (offset) => {
      if (offset <= key) return offset;
      return offset < rest ? starts[0]! : offset - rest + tail;
    },
    bounds: [...starts, tail],
  };
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** What a line is for the list whose dashes stand at `indent`. */
function lineKind(text: string, at: number, indent: number): 'item' | 'inside' | 'end' {
  let first = at;
  const deep = at + indent;
  while (first <= deep && text.charCodeAt(first) === SPACE) first += 1;
  if (first > deep) return 'inside';
  const char = text.charCodeAt(first);
  if (Number.isNaN(char) || char === NEWLINE || char === RETURN || char === HASH) return 'inside';
  const column = first - at;
  const after = text.charCodeAt(first + 1);
  const isDash = char === DASH && (after === SPACE || after === NEWLINE || after === RETURN);
  return column === indent && isDash ? 'item' : 'end';
}
