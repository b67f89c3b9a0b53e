import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import type { Fault } from '../report/fault.ts';

/**
 * A key that its mapping already has, with both places. `offset` is where the parser met the second
 * one; the events are walked again to find the first.
 */
export function explainDuplicate(events: readonly Event[], text: string, offset: number): Fault {
  /** For each open collection the keys so far; undefined for a list. */
  const open: ({ readonly keys: Map<string, number>; children: number } | undefined)[] = [];

  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const isKey = parent !== undefined && parent.children++ % 2 === 0;
    if (event.type === EVENT_ID.SCALAR && isKey) {
      const key = getScalarValue(text, event);
      const start = Math.max(event.valueStart, 0);
      const first = parent.keys.get(key);
      if (first === undefined) parent.keys.set(key, start);
      else if (isParserPosition(event, offset)) {
        return { code: 'MANIFEST_DUPLICATE_KEY', offset: start, found: key, first };
      }
    }
    if (event.type === EVENT_ID.MAPPING) open.push({ keys: new Map(), children: 0 });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) {
      open.push(undefined);
    }
  }
  // Two spellings of one key (`1` and `0x1`, `yes` and `on`): only the second place is known.
  const key = /^[^\s:,}]*/.exec(text.slice(offset, offset + 64))?.[0] ?? '';
  return { code: 'MANIFEST_DUPLICATE_KEY', offset, found: key };
}

/** The parser points at a node's tag if it has one, else at its anchor, else at its text. */
function isParserPosition(
  event: { readonly tagStart: number; readonly anchorStart: number; readonly valueStart: number },
  offset: number,
): boolean {
  const { tagStart, anchorStart, valueStart } = event;
  return offset === tagStart || offset === anchorStart || offset === valueStart;
}
