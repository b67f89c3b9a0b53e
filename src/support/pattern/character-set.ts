/** Characters from the first to the last, both included, as UTF-16 code units. */
export type Range = readonly [first: number, last: number];

const LAST_CODE = 0xffff;

const NEWLINE = 0x0a;

export const DIGITS: readonly Range[] = ranges('09');
/** Perl's `\w`, as RE2 has it: ASCII only. */
export const WORD: readonly Range[] = ranges('09', 'AZ', '__', 'az');
/** RE2's `\s`: without the vertical tab. */
export const SPACE: readonly Range[] = ranges('\t\n', '\f\r', '  ');
export const NOT_NEWLINE: readonly Range[] = negated([[NEWLINE, NEWLINE]]);
export const EVERYTHING: readonly Range[] = [[0, LAST_CODE]];

/** What stands between `[:` and `:]` (RE2's ASCII classes). */
export const NAMED_CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ['alnum', ranges('09', 'AZ', 'az')],
  ['alpha', ranges('AZ', 'az')],
  ['ascii', ranges('\0\x7f')],
  ['blank', ranges('\t\t', '  ')],
  ['cntrl', ranges('\0\x1f', '\x7f\x7f')],
  ['digit', DIGITS],
  ['graph', ranges('!~')],
  ['lower', ranges('az')],
  ['print', ranges(' ~')],
  ['punct', ranges('!/', ':@', '[`', '{~')],
  ['space', ranges('\t\r', '  ')],
  ['upper', ranges('AZ')],
  ['word', WORD],
  ['xdigit', ranges('09', 'AF', 'af')],
]);

/** A fixed set of characters that answers quickly for the first 256. */
export class CharacterSet {
  readonly #low = new Uint8Array(256);
  readonly #high: readonly Range[];

  constructor(set: readonly Range[]) {
    for (const [first, last] of set) {
      if (first < 256) this.#low.fill(1, first, Math.min(last, 255) + 1);
    }
    this.#high = set.filter(([, last]) => last > 255);
  }

  has(code: number): boolean {
    if (code < 256) return this.#low[code] === 1;
    return this.#high.some(([first, last]) => first <= code && code <= last);
  }
}

/** The same characters in order, ranges that touch as one. */
export function merged(set: readonly Range[]): Range[] {
  const result: [number, number][] = [];
  for (const [first, last] of [...set].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

export function negated(set: readonly Range[]): Range[] {
  const result: Range[] = [];
  let next = 0;
  for (const [first, last] of merged(set)) {
    if (first > next) result.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE) result.push([next, LAST_CODE]);
  return result;
}

/** With each ASCII letter in both cases. */
export function foldedRanges(set: readonly Range[]): Range[] {
  const more: Range[] = [];
  for (const [first, last] of set) {
    addShifted(more, Math.max(first, 0x41), Math.min(last, 0x5a), 0x20);
    addShifted(more, Math.max(first, 0x61), Math.min(last, 0x7a), -0x20);
  }
  return merged([...set, ...more]);
}

function addShifted(ranges: Range[], first: number, last: number, by: number): void {
  if (first <= last) ranges.push([first + by, last + by]);
}

function ranges(...pairs: readonly string[]): Range[] {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
}
