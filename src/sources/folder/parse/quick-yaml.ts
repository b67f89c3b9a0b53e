import {
  BAR,
  COLON,
  DASH,
  HASH,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  SPACE,
} from '../../../support/ascii.ts';
import { LaterPlaces, type Places } from './places.ts';
import { PositionIndex } from './positions.ts';
import { quickPlace } from './quick-place.ts';
import { isPrintable, scalarEnd, scalarOf } from './quick-scalar.ts';
import { plainScalar } from './scalars.ts';
import type { StringPool } from './string-pool.ts';

/** A text that is not written in the quick subset: it is left to js-yaml. */
export const UNREAD = Symbol('unread');

/**
 * Reads the part of YAML that machines write, some twenty times as fast as js-yaml: block mappings
 * and block lists, keys of letters, digits and `_./-`, values on one line that are plain or in
 * quotes without escapes, texts behind `|`, `[]` and `{}`. That is nearly all that `kubectl get -o
 * yaml`, kustomize and Helm print.
 *
 * Exact or nothing: whatever else it meets, down to a duplicate key or a tab, it gives up, and
 * js-yaml decides what the text means or what is wrong with it.
 */
export class QuickYaml {
  readonly #text: string;
  readonly #strings: StringPool;
  #end = 0;
  /** The first character of the line under way that is no space, and its column. */
  #at = 0;
  #column = 0;
  #positions: PositionIndex | undefined;

  /** `text` must have no NUL, CR or byte order mark; see `isQuickText`. */
  constructor(text: string, strings: StringPool) {
    this.#text = text;
    this.#strings = strings;
  }

  /**
   * The one value that the lines from `start` to `end` hold, or `UNREAD`. Both are where lines
   * begin, or the end of the text. `positions` takes the places of its parts; after `UNREAD` it is
   * of no use.
   */
  read(start: number, end: number, positions?: PositionIndex): unknown {
    this.#end = end;
    this.#positions = positions;
    this.#openLine(start);
    if (this.#at >= end) return UNREAD;
    const value = this.#collection(0);
    return this.#at >= end ? value : UNREAD;
  }

  /** Where the parts of a value begin that `read` gave, as offsets into the whole text. */
  places(start: number, end: number): Places {
    const all = () => {
      const positions = new PositionIndex();
      this.read(start, end, positions);
      return positions;
    };
    return new LaterPlaces(all, (path) => quickPlace(this.#text, start, end, path));
  }

  /** A block mapping or list that begins here. */
  #collection(depth: number): unknown {
    if (depth >= MAX_QUICK_DEPTH) return UNREAD;
    return this.#isDash() ? this.#list(depth) : this.#mapping(depth);
  }

  #mapping(depth: number): unknown {
    const column = this.#column;
    const mapping: Record<string, unknown> = {};
    this.#positions?.begin('map', this.#at);
    do {
      const start = this.#at;
      const colon = this.#keyEnd();
      if (colon < 0) return UNREAD;
      const key = plainScalar(this.#text, start, colon, this.#strings);
      // The latter also holds for what every object has, such as `constructor`.
      if (typeof key !== 'string' || mapping[key] !== undefined) return UNREAD;
      this.#positions?.leaf(start, key);
      const value = this.#member(colon + 1, column, depth);
      if (value === UNREAD) return UNREAD;
      mapping[key] = value;
    } while (this.#at < this.#end && this.#column === column);
    if (this.#column > column) return UNREAD;
    this.#positions?.end();
    return mapping;
  }

  #list(depth: number): unknown {
    const column = this.#column;
    let list: unknown[] | undefined;
    this.#positions?.begin('list', this.#at);
    do {
      if (this.#text.charCodeAt(this.#at + 1) !== SPACE) return UNREAD;
      this.#at += 2;
      this.#column += 2;
      const value =
        this.#keyEnd() < 0 ? this.#scalar(this.#at, column) : this.#collection(depth + 1);
      if (value === UNREAD) return UNREAD;
      // Most lists have one item, and an empty one grows to room for 17.
      if (list === undefined) list = [value];
      else list.push(value);
    } while (this.#at < this.#end && this.#column === column && this.#isDash());
    if (this.#column > column) return UNREAD;
    this.#positions?.end();
    return list;
  }

  /** What stands behind the colon of a key, on its line or below. `column` is the key's. */
  #member(afterColon: number, column: number, depth: number): unknown {
    if (this.#text.charCodeAt(afterColon) === SPACE && afterColon < this.#end) {
      return this.#scalar(afterColon + 1, column);
    }
    this.#openLine(afterColon + 1);
    const isInside = this.#column > column || (this.#column === column && this.#isDash());
    if (this.#at < this.#end && isInside) return this.#collection(depth + 1);
    this.#positions?.leaf(undefined, undefined);
    return null;
  }

  /** A value on one line, or a text behind `|`; `column` is that of its mapping or list. */
  #scalar(start: number, column: number): unknown {
    const text = this.#text;
    const first = text.charCodeAt(start);
    if (first === BAR) return this.#literal(start, column);
    if (first === OPEN_BRACKET || first === OPEN_BRACE) return this.#empty(start, first, column);
    const at = scalarEnd(text, start, this.#end);
    if (at < 0 || !this.#endsLine(at, column)) return UNREAD;
    this.#positions?.leaf(start, undefined);
    return scalarOf(text, start, at, this.#strings);
  }

  /** `[]` or `{}`. */
  #empty(start: number, bracket: number, column: number): unknown {
    if (this.#text.charCodeAt(start + 1) !== bracket + 2) return UNREAD;
    if (!this.#endsLine(start + 2, column)) return UNREAD;
    this.#positions?.begin(bracket === OPEN_BRACKET ? 'list' : 'map', start);
    this.#positions?.end();
    return bracket === OPEN_BRACKET ? [] : {};
  }

  /** The lines behind `|` or `|-`, if none of them is blank. */
  #literal(start: number, column: number): unknown {
    const text = this.#text;
    const isStripped = text.charCodeAt(start + 1) === DASH;
    let at = start + (isStripped ? 2 : 1);
    if (text.charCodeAt(at) !== NEWLINE) return UNREAD;
    const lines: string[] = [];
    let indent = -1;
    for (at += 1; at < this.#end; ) {
      let first = at;
      while (text.charCodeAt(first) === SPACE) first += 1;
      if (first >= this.#end || text.charCodeAt(first) === NEWLINE) return UNREAD;
      if (indent < 0) indent = first - at;
      if (first - at < indent) break;
      let end = first;
      while (isPrintable(text.charCodeAt(end))) end += 1;
      if (text.charCodeAt(end) !== NEWLINE || end >= this.#end) return UNREAD;
      lines.push(text.slice(at + indent, end));
      at = end + 1;
    }
    if (indent <= column) return UNREAD;
    this.#openLine(at);
    if (this.#column > column) return UNREAD;
    this.#positions?.leaf(start, undefined);
    const value = lines.join('\n');
    return isStripped ? value : `${value}\n`;
  }

  /** The colon of a key that begins here; -1 when none does. */
  #keyEnd(): number {
    const text = this.#text;
    let at = this.#at;
    if (!isOf(LETTER, text.charCodeAt(at))) return -1;
    do at += 1;
    while (isOf(KEY_CHAR, text.charCodeAt(at)));
    if (text.charCodeAt(at) !== COLON || at >= this.#end || at - this.#at > MAX_KEY) return -1;
    const next = text.charCodeAt(at + 1);
    return next === SPACE || next === NEWLINE || at + 1 === this.#end ? at : -1;
  }

  #isDash(): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    return this.#text.charCodeAt(this.#at) === DASH && (next === SPACE || next === NEWLINE);
  }

  /** Whether the line ends there, and the next one does not go on with the same value. */
  #endsLine(at: number, column: number): boolean {
    if (at < this.#end && this.#text.charCodeAt(at) !== NEWLINE) return false;
    this.#openLine(at + 1);
    return this.#column <= column;
  }

  /** Goes to the first line from `start` on that is neither blank nor a comment. */
  #openLine(start: number): void {
    const text = this.#text;
    for (let line = start; line < this.#end; ) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at += 1;
      const char = text.charCodeAt(at);
      if (char !== NEWLINE && char !== HASH && at < this.#end) {
        this.#at = at;
        this.#column = at - line;
        return;
      }
      if (char === HASH) at = text.indexOf('\n', at);
      line = at < 0 ? this.#end : at + 1;
    }
    this.#at = this.#end;
    this.#column = -1;
  }
}

/** Whether a text may be given to `QuickYaml`. */
export function isQuickText(text: string): boolean {
  return !(text.includes('\r') || text.includes('\0') || text.includes('\uFEFF'));
}

/** Far below `MAX_DEPTH`, and deeper than the fields of any built-in kind but CRDs. */
const MAX_QUICK_DEPTH = 30;

/** Longest key, characters; YAML allows 1024. */
const MAX_KEY = 512;

const LETTER = 1;
const KEY_CHAR = 2;

/** What each character of ASCII may be. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  const isLetter = /[A-Za-z_]/.test(char);
  const inKey = /[\w./-]/.test(char);
  return (isLetter ? LETTER : 0) + (inKey ? KEY_CHAR : 0);
});

function isOf(kind: number, char: number): boolean {
  return char < 128 && (CLASSES[char]! & kind) !== 0;
}
