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
  /** For each `STRIDE` characters that were walked over, the line there and where it begins. */
  readonly #marks: Mark[] = [{ line: 1, start: 0 }];
  /** The place that was asked for last: most questions go on from there. */
  #last = 0;
  #lastMark: Mark = { line: 1, start: 0 };

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Where an offset into `text` is. */
  place(offset: number): Place {
    const nearest = Math.min(Math.floor(offset / STRIDE), this.#marks.length - 1);
    const isOnward = this.#last <= offset && this.#last >= nearest * STRIDE;
    let at = isOnward ? this.#last : nearest * STRIDE;
    let { line, start } = isOnward ? this.#lastMark : this.#marks[nearest]!;
    // YAML 1.2 section 5.4: a line ends with CR LF, LF, or a CR alone.
    for (; at < offset; at += 1) {
      if (at === this.#marks.length * STRIDE) this.#marks.push({ line, start });
      const char = this.text.charCodeAt(at);
      if (char !== LF && (char !== CR || this.text.charCodeAt(at + 1) === LF)) continue;
      line += 1;
      start = at + 1;
    }
    this.#last = offset;
    this.#lastMark = { line, start };
    return { line, column: offset - start + 1 };
  }
}

/** A line, and the offset where it begins. */
interface Mark {
  readonly line: number;
  readonly start: number;
}

/** A look back costs at most so many characters. */
const STRIDE = 4096;

const LF = 0x0a;
const CR = 0x0d;

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
    return { kind: 'text', text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    const lossy = new TextDecoder(encoding).decode(bytes);
    return { kind: 'garbled', lossy, offset: Math.max(0, lossy.indexOf('\uFFFD')) };
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
