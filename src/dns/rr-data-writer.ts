import { NameError, wireFromText } from './name.ts';
import { RecordTextError, type RecordWord, unescaped } from './rr-words.ts';

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/**
 * The words of a record's data, taken one by one and written as bytes. Each method throws a
 * RecordTextError.
 */
export class DataWriter {
  readonly #words: readonly RecordWord[];
  #at = 0;
  /** What has been written, latin1. */
  bytes = '';

  constructor(words: readonly RecordWord[]) {
    this.#words = words;
  }

  get hasMore(): boolean {
    return this.#at < this.#words.length;
  }

  /** The next word. */
  take(expected: string): RecordWord {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new RecordTextError(`expected ${expected}, found the end`);
    return word;
  }

  /** Is this the next word, without quotes? */
  isAt(text: string): boolean {
    const word = this.#words[this.#at];
    return word?.text === text && !word.isQuoted;
  }

  end(): void {
    const extra = this.#words[this.#at];
    if (extra !== undefined) throw new RecordTextError(`unexpected '${extra.text}' after the data`);
  }

  uint8(what: string): void {
    this.bytes += String.fromCharCode(this.#number(what, 0xff));
  }

  uint16(what: string): void {
    this.bytes += uint16Bytes(this.#number(what, 0xffff));
  }

  uint32(what: string): void {
    this.bytes += uint32Bytes(this.#number(what, 0xffff_ffff));
  }

  /** A number of seconds, or as in `1h30m`. */
  seconds(what: string): void {
    const { text } = this.take(what);
    const seconds = secondsOf(text);
    if (seconds === undefined) throw new RecordTextError(`expected ${what}, found '${text}'`);
    this.bytes += uint32Bytes(seconds);
  }

  name(what: string): void {
    const { text } = this.take(what);
    this.bytes += `${nameOf(text)}\0`;
  }

  /** A character-string (RFC 1035 section 3.3). */
  string(what: string): void {
    const text = unescaped(this.take(what).text);
    if (text.length > 255)
      throw new RecordTextError(`${what} of ${text.length} bytes: at most 255`);
    this.bytes += String.fromCharCode(text.length) + text;
  }

  /** As many character-strings as there are words; one of over 255 bytes is cut into several. */
  strings(): void {
    do {
      const text = unescaped(this.take('a string').text);
      for (let at = 0; at === 0 || at < text.length; at += 255) {
        const piece = text.slice(at, at + 255);
        this.bytes += String.fromCharCode(piece.length) + piece;
      }
    } while (this.hasMore);
  }

  /** The bytes of one word, without a length. */
  rest(what: string): void {
    this.bytes += unescaped(this.take(what).text);
  }

  /** Hexadecimal digits in all the words that are left. */
  hex(what: string): void {
    let digits = '';
    while (this.hasMore) digits += this.take(what).text;
    if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
      throw new RecordTextError(`expected ${what} in hexadecimal, found '${digits.slice(0, 40)}'`);
    }
    this.bytes += Buffer.from(digits, 'hex').toString('latin1');
  }

  #number(what: string, most: number): number {
    const { text } = this.take(what);
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= most))
      throw new RecordTextError(`expected ${what}, 0 to ${most}, found '${text}'`);
    return value;
  }
}

/** A name's wire form; relative ones end at the root. */
export function nameOf(text: string): string {
  if (text === '@') return '';
  try {
    return wireFromText(text);
  } catch (error) {
    if (error instanceof NameError) throw new RecordTextError(error.message);
    throw error;
  }
}

/** A TTL or time, `300` or `1h30m`; undefined when the text is none or is over 32 bits. */
export function secondsOf(text: string): number | undefined {
  if (!/^(\d{1,10}|(\d{1,10}[smhdw])+)$/i.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([a-z]?)/gi)) {
    total += Number(amount) * (UNIT_SECONDS.get((unit || 's').toLowerCase()) as number);
  }
  return total <= 0xffff_ffff ? total : undefined;
}

export function uint16Bytes(value: number): string {
  return String.fromCharCode(value >>> 8, value & 0xff);
}

export function uint32Bytes(value: number): string {
  return uint16Bytes(Math.floor(value / 0x1_0000)) + uint16Bytes(value % 0x1_0000);
}
