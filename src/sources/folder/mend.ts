import type { Slips } from './slips.ts';

/** A text with its slips mended, and the way back to where it is written. */
export interface MendedText {
  readonly text: string;
  /** The offset in the text as written of an offset in the mended one. */
  written(offset: number): number;
}

/** Puts spaces in place of tabs, and behind colons. */
export function mend(text: string, { tabs, colons }: Slips, tabWidth: number): MendedText {
  const edits = [
    ...tabs.map((at) => ({ at, removed: 1, added: tabWidth })),
    ...colons.map((at) => ({ at, removed: 0, added: 1 })),
  ].sort((a, b) => a.at - b.at);
  /**
   * Where in the mended text each edit ends, and how far behind the written one it is from there.
   */
  const ends: number[] = [];
  const shifts: number[] = [];
  const parts: string[] = [];
  let from = 0;
  let shift = 0;
  for (const { at, removed, added } of edits) {
    parts.push(text.slice(from, at), ' '.repeat(added));
    from = at + removed;
    shift += added - removed;
    ends.push(from + shift);
    shifts.push(shift);
  }
  parts.push(text.slice(from));
  const written = (offset: number): number => {
    const edit = countUpTo(ends, offset) - 1;
    const next = edits[edit + 1];
    const place = offset - (shifts[edit] ?? 0);
    // Inside the spaces of the next edit: where the edit is.
    return next === undefined ? place : Math.min(place, next.at);
  };
  return { text: parts.join(''), written };
}

/** How many of the sorted numbers are not over `limit`. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
