/** Powers of two. With short texts the pool takes a megabyte at most. */
const MIN_SLOTS = 64;
const MAX_SLOTS = 8192;

/** A pool has a slot for so many characters: there is a text in about as many. */
const CHARS_A_SLOT = 16;

/** Longer ones are seldom the same, characters. */
const MAX_POOLED = 96;

/**
 * Texts of one length that differ mostly do so at their end, of which so many characters count.
 * Twelve take longer and tell hardly more apart: 0.3 % fewer texts of a cluster are copied.
 */
const HASHED = 4;

/**
 * Texts cut out of a file. Of those that come again and again, such as `TCP`, labels and
 * namespaces, one copy is kept. Each slot holds the text that came last, so a pool never grows.
 */
export class StringPool {
  readonly #slots: string[];

  /** For the texts cut out of one of so many characters. */
  constructor(length: number) {
    let slots = MIN_SLOTS;
    while (slots < MAX_SLOTS && slots * CHARS_A_SLOT < length) slots *= 2;
    this.#slots = new Array(slots).fill('');
  }

  /** The text from `start` to `end`, on its own. */
  of(text: string, start: number, end: number): string {
    if (end - start > MAX_POOLED) return detached(text.slice(start, end));
    let hash = end - start;
    for (let at = Math.max(start, end - HASHED); at < end; at += 1)
      hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    const slot = (hash ^ (hash >>> 13)) & (this.#slots.length - 1);
    const known = this.#slots[slot]!;
    if (known.length === end - start && text.startsWith(known, start)) return known;
    const own = detached(text.slice(start, end));
    this.#slots[slot] = own;
    return own;
  }
}

/**
 * The text on its own. A piece of a text is a window into it, and one Service name kept in the
 * registry would keep the whole file in memory.
 */
export function detached(piece: string): string {
  // Windows are only made from 13 characters up; below that V8 copies already.
  return piece.length < 13 ? piece : [piece.slice(0, 6), piece.slice(6)].join('');
}
