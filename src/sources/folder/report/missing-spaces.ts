import type { BlockLine } from '../parse/block-lines.ts';

/**
 * How far a tab is taken to indent, columns. It cannot be known; with four, a key behind a tab
 * stands among the keys of a list item inside a spec, which is where such tabs are mostly found.
 */
const TAB_COLUMNS = 4;

/** The column of a mapping that is open, and whether a proper key of it has been seen. */
interface OpenMapping {
  readonly column: number;
  hasKey: boolean;
}

/**
 * Lines with a key that has no space after its colon, as in `replicas:3`, and what kubectl says
 * ('' when that depends on other mistakes).
 *
 * To YAML, `replicas:3` is a text. It is a typo for sure where a text cannot stand: among the keys
 * of a mapping.
 *
 * @param lines without blank ones and comments
 */
export function* missingSpaces(
  lines: readonly BlockLine[],
  text: string,
): Generator<readonly [line: BlockLine, kubectl: string]> {
  const open: OpenMapping[] = [];
  let before: { readonly content: number; readonly value: BlockLine['value'] } | undefined;
  for (const [index, line] of lines.entries()) {
    const indent = column(text, line.start, line.first);
    const content = indent + line.content - line.first;
    while ((open.at(-1)?.column ?? -1) > indent) open.pop();
    const last = open.at(-1);
    const mapping = content === indent && last?.column === content ? last : undefined;
    const isMoreText = before?.value === 'plain' && before.content < indent;
    const next = lines[index + 1];
    const nextKey =
      next !== undefined &&
      next.content === next.first &&
      isKey(next) &&
      column(text, next.start, next.first) === content
        ? next
        : undefined;
    const isTypo =
      line.kind === 'unspaced' && !isMoreText && (mapping !== undefined || nextKey !== undefined);
    if (isTypo) yield [line, kubectlWords(mapping, nextKey)];
    if (isTypo || line.kind === 'key') {
      if (mapping === undefined) open.push({ column: content, hasKey: line.kind === 'key' });
      else if (line.kind === 'key') mapping.hasKey = true;
    }
    before = { content, value: line.value };
  }
}

/**
 * go-yaml misses a colon among keys; before the first one it takes the line for the key's
 * beginning.
 */
function kubectlWords(mapping: OpenMapping | undefined, nextKey: BlockLine | undefined): string {
  if (mapping?.hasKey) return "could not find expected ':'";
  const isFirst = mapping === undefined && nextKey?.kind === 'key';
  return isFirst ? 'mapping values are not allowed in this context' : '';
}

function isKey({ kind }: BlockLine): boolean {
  return kind === 'key' || kind === 'unspaced';
}

function column(text: string, start: number, end: number): number {
  let columns = 0;
  for (let at = start; at < end; at += 1) columns += text[at] === '\t' ? TAB_COLUMNS : 1;
  return columns;
}
