import { NEWLINE, RETURN } from '../../../support/ascii.ts';
/** A line and column of a file, both from 1. Columns count UTF-16 units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The text of one manifest file, with the way from an offset to a line and column. */
export class SourceText {
  /** As it appears in an Origin. */
  readonly file: string;
  readonly text: string;
  readonly #hasReturns: boolean;
  /** The first LF from `searchedFrom` on. */
  #nextLf = -1;
  #searchedFrom = 0;
  /** For each `STRIDE` characters that were walked over, the line there and where it begins. */
  readonly #marks: Mark[] = [{ line: 1, start: 0 }];
  /** The place that was asked for last: most questions go on from there. */
  #last = 0;
  #lastMark: Mark = { line: 1, start: 0 };

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#hasReturns = text.includes('\r');
  }

  /** Where an offset into `text` is. */
  place(offset: number): Place {
    const nearest = Math.min(Math.floor(offset / STRIDE), this.#marks.length - 1);
    const isOnward = this.#last <= offset && this.#last >= nearest * STRIDE;
    let at = isOnward ? this.#last : nearest * STRIDE;
    let { line, start } = isOnward ? this.#lastMark : this.#marks[nearest]!;
    for (;;) {
      const end = this.#lineEnd(at, offset);
      while (this.#marks.length * STRIDE <= end) this.#marks.push({ line, start });
      if (end >= offset) break;
      line += 1;
      start = end + 1;
      at = start;
    }
    this.#last = offset;
    this.#lastMark = { line, start };
    return { line, column: offset - start + 1 };
  }

  /**
   * The last character of the line around `at`, or `limit` if that comes before. YAML 1.2 section
   * 5.4: a line ends with CR LF, LF, or a CR alone.
   */
  #lineEnd(at: number, limit: number): number {
    // Searched for once, as all of a file may be one line.
    if (at < this.#searchedFrom || at > this.#nextLf) {
      const found = this.text.indexOf('\n', at);
      this.#nextLf = found < 0 ? this.text.length : found;
      this.#searchedFrom = at;
    }
    const end = Math.min(this.#nextLf, limit);
    if (!this.#hasReturns) return end;
    for (let char = at; char < end; char += 1) {
      if (this.text.charCodeAt(char) !== RETURN) continue;
      if (this.text.charCodeAt(char + 1) !== NEWLINE) return char;
    }
    return end;
  }
}

/** A line, and the offset where it begins. */
interface Mark {
  readonly line: number;
  readonly start: number;
}

/** A look back costs at most so many characters. */
const STRIDE = 4096;

/** Text out of bytes, or where the first byte is that cannot be text. */
export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'garbled'; readonly lossy: string; readonly offset: number };

/**
 * The text of a manifest file: UTF-8, or UTF-16 when a byte order mark says so (what `>` writes in
 * Windows PowerShell 5). The mark itself is dropped.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const encoding = encodingOf(bytes);
  try {
    return { kind: 'text', text: DECODERS[encoding].decode(bytes) };
  } catch {
    const lossy = new TextDecoder(encoding).decode(bytes);
    return { kind: 'garbled', lossy, offset: Math.max(0, lossy.indexOf('\uFFFD')) };
  }
}

/** Made once: each is an object of C++, which the garbage collector is slow to take. */
const DECODERS = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  'utf-16le': new TextDecoder('utf-16le', { fatal: true }),
  'utf-16be': new TextDecoder('utf-16be', { fatal: true }),
};

function encodingOf(bytes: Uint8Array): keyof typeof DECODERS {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
