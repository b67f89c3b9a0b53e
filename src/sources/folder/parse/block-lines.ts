/**
 * A line of a YAML text that stands in block context: not inside quotes, brackets or the text of a
 * `|` or `>`.
 */
export interface BlockLine {
  /** Where the line begins, as an offset; its blanks end where `first` is. */
  readonly start: number;
  /** The first character that is not a blank, or the line's end. */
  readonly first: number;
  /** Behind the dashes of list items; the line's end when there is nothing. */
  readonly content: number;
  readonly end: number;
  readonly kind: 'blank' | 'comment' | 'key' | 'unspaced' | 'other';
  /** Of a key: what its value is; of the others, `plain` for text without a comment behind it. */
  readonly value: 'none' | 'plain' | 'other';
  /** Of an `unspaced` key, which has no space after its colon: the offset behind the colon. */
  readonly afterColon: number;
  /** Inside the text of a `|` or `>`; given only when blank. */
  readonly inText: boolean;
}

/**
 * Walks the lines of a YAML text that may be broken, in one pass. What is in doubt is left out:
 * after a quote that is not closed no line is given.
 */
export function* blockLines(text: string): Generator<BlockLine> {
  let context: Context = BLOCK;
  for (const { start, end } of lines(text)) {
    const first = skipBlanks(text, start, end);
    if (context.in === 'text') {
      if (first === end) {
        yield blankLine(start, end, true);
        continue;
      }
      // A tab is no indentation.
      if (spaces(text, start, end) > context.column) continue;
      context = BLOCK;
    }
    if (context.in === 'flow') {
      context = flowEnd(text, start, end, context);
      continue;
    }
    if (first === end) {
      yield blankLine(start, end, false);
      continue;
    }
    const line = readLine(text, start, first, end);
    context = line.context;
    yield line;
  }
}

/** Where the walk is. `column` is that of the node whose text it is; `depth` counts brackets. */
type Context =
  | { readonly in: 'block' }
  | { readonly in: 'text'; readonly column: number }
  | { readonly in: 'flow'; readonly depth: number; readonly quote: string };

const BLOCK: Context = { in: 'block' };

function blankLine(start: number, end: number, inText: boolean): BlockLine {
  const nothing = { content: end, value: 'none', afterColon: 0 } as const;
  return { start, first: end, end, kind: 'blank', ...nothing, inText };
}

function readLine(
  text: string,
  start: number,
  first: number,
  end: number,
): BlockLine & { readonly context: Context } {
  let content = first;
  while (text[content] === '-' && isBlankAt(text, content + 1, end)) {
    content = skipBlanks(text, content + 1, end);
  }
  const place = { start, first, content, end, afterColon: 0, inText: false };
  if (text[first] === '#') {
    return { ...place, kind: 'comment', value: 'none', context: BLOCK };
  }
  const colon = keyColon(text, content, end);
  const at = colon === undefined ? content : skipBlanks(text, colon + 1, end);
  const value = readValue(text, at, end, (colon === undefined ? first : content) - start);
  if (colon !== undefined) return { ...place, kind: 'key', ...value };
  const afterColon = unspacedColon(text, content, end);
  if (afterColon === undefined) return { ...place, kind: 'other', ...value };
  return { ...place, kind: 'unspaced', afterColon, value: 'plain', context: BLOCK };
}

/** What the value at `at` is, and the context that it leaves the next line in. */
function readValue(
  text: string,
  start: number,
  end: number,
  column: number,
): { readonly value: BlockLine['value']; readonly context: Context } {
  let at = start;
  // A tag or an anchor comes before what it belongs to.
  while (text[at] === '!' || text[at] === '&') {
    while (at < end && !isBlankAt(text, at, end)) at += 1;
    at = skipBlanks(text, at, end);
  }
  const char = at < end ? text[at]! : '#';
  if (char === '#') return { value: 'none', context: BLOCK };
  if (char === '"' || char === "'" || char === '[' || char === '{') {
    return { value: 'other', context: flowEnd(text, at, end, { in: 'flow', depth: 0, quote: '' }) };
  }
  const rest = text.slice(at, end);
  if (/^[|>][-+0-9]*[ \t]*(?:#.*)?$/.test(rest)) {
    return { value: 'other', context: { in: 'text', column } };
  }
  return { value: /[ \t]#/.test(rest) ? 'other' : 'plain', context: BLOCK };
}

/** Walks quotes and brackets up to where they close, or to the end of the line. */
function flowEnd(
  text: string,
  start: number,
  end: number,
  from: { readonly in: 'flow'; readonly depth: number; readonly quote: string },
): Context {
  let { depth, quote } = from;
  for (let at = start; at < end; at += 1) {
    const char = text[at]!;
    if (quote !== '') {
      const isEscape = quote === '"' ? char === '\\' : char === "'" && text[at + 1] === "'";
      if (isEscape) at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    else if (char === '#' && isBlankAt(text, at - 1, end)) break;
    if (depth <= 0 && quote === '') return BLOCK;
  }
  return { in: 'flow', depth, quote };
}

/** The colon of a key: followed by a blank or the end of the line, and not in a comment. */
function keyColon(text: string, start: number, end: number): number | undefined {
  let at = start;
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    at = text.indexOf(quote, at + 1) + 1;
    if (at === 0 || at > end) return undefined;
    at = skipBlanks(text, at, end);
    return text[at] === ':' && isBlankAt(text, at + 1, end) ? at : undefined;
  }
  if (NOT_A_KEY.has(quote ?? '')) return undefined;
  for (; at < end; at += 1) {
    if (text[at] === ':' && isBlankAt(text, at + 1, end)) return at;
    if (text[at] === '#' && isBlankAt(text, at - 1, end)) return undefined;
  }
  return undefined;
}

const NOT_A_KEY: ReadonlySet<string> = new Set('[]{}|>%@`#,');

/** `replicas:3`, where `replicas: 3` may have been meant; not `https://…`. */
const UNSPACED = /(?:[A-Za-z_][\w.-]*\/)?[A-Za-z_][\w.-]*:(?=[^\s:])(?!\/\/)/y;

function unspacedColon(text: string, start: number, end: number): number | undefined {
  UNSPACED.lastIndex = start;
  const found = UNSPACED.exec(text);
  return found === null || start + found[0].length >= end ? undefined : start + found[0].length;
}

function* lines(text: string): Generator<{ readonly start: number; readonly end: number }> {
  let start = 0;
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n?|\n/g)) {
    yield { start, end: index };
    start = index + lineBreak.length;
  }
  if (start < text.length) yield { start, end: text.length };
}

function skipBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && (text[at] === ' ' || text[at] === '\t')) at += 1;
  return at;
}

/** How many spaces there are from `start` on. */
function spaces(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] === ' ') at += 1;
  return at - start;
}

function isBlankAt(text: string, at: number, end: number): boolean {
  return at >= end || text[at] === ' ' || text[at] === '\t';
}
