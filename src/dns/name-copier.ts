import { HEADER_BYTES, readUint16, writeUint16 } from './header.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './name.ts';
import { nameBytes } from './plain-size.ts';

/** Most pointers followed in one name. `NameReader` follows more, and names have one or two. */
const MAX_POINTERS = 16;

/** Labels of copied names that pointers may lead to; those of most messages are fewer. */
const MAX_TARGETS = 64;

/** As far as a pointer can lead. */
const OUTPUT_BYTES = 0x4000;

const NOTHING = Buffer.alloc(0);

/**
 * Copies names from a message of another server into one that has the same question, in letters
 * of its own: ends of names that have the question's letters become pointers to it. No name is
 * made a string.
 */
export class NameCopier {
  /** The message copied into; the caller writes what is between names. */
  readonly output = Buffer.alloc(OUTPUT_BYTES);
  /** Where the next byte of it goes. */
  end = 0;
  #input: Buffer = NOTHING;
  #questionEnd = 0;
  /** Where labels of copied names stand, there and here. */
  readonly #from = new Uint16Array(MAX_TARGETS);
  readonly #to = new Uint16Array(MAX_TARGETS);
  #targets = 0;

  /** Begins another message. */
  begin(input: Buffer, questionEnd: number): void {
    this.#input = input;
    this.#questionEnd = questionEnd;
    this.end = questionEnd;
    this.#targets = 0;
  }

  /** Whether there is room for so many bytes. */
  hasRoomFor(bytes: number): boolean {
    return this.end + bytes <= OUTPUT_BYTES;
  }

  /** Copies a name that `nameEndIn` has passed; returns where a pointer to the copy is to lead. */
  copy(start: number): number {
    const input = this.#input;
    const output = this.output;
    const begin = this.end;
    let at = labelAt(input, start);
    for (let left = nameBytes(input, at); left > 1; ) {
      const known = this.#known(at, left);
      if (known > 0) {
        writeUint16(output, this.end, 0xc000 | known);
        this.end += 2;
        return this.end - 2 === begin ? known : begin;
      }
      if (this.#targets < MAX_TARGETS) {
        this.#from[this.#targets] = at;
        this.#to[this.#targets++] = this.end;
      }
      const bytes = 1 + input[at]!;
      for (let i = 0; i < bytes; i++) output[this.end++] = input[at + i]!;
      at = labelAt(input, at + bytes);
      left -= bytes;
    }
    output[this.end++] = 0;
    return begin;
  }

  /** Where a name of so many bytes stands in the message copied into; 0 when it does not. */
  #known(at: number, bytes: number): number {
    for (let i = 0; i < this.#targets; i++) if (this.#from[i] === at) return this.#to[i]!;
    const input = this.#input;
    const inQuestion = this.#questionEnd - 4 - bytes;
    let label = HEADER_BYTES;
    while (label < inQuestion) label += 1 + input[label]!;
    return label === inQuestion && areNames(input, at, label, false) ? label : 0;
  }
}

/** Where a name ends that `NameReader` would read; 0 when it would not. */
export function nameEndIn(message: Uint8Array, start: number): number {
  let at = start;
  let limit = start;
  let end = 0;
  let size = 1;
  for (let pointers = 0; ; ) {
    const length = message[at];
    if (length === undefined) return 0;
    if (length === 0) return end || at + 1;
    if (length <= MAX_LABEL_BYTES) {
      size += 1 + length;
      if (size > MAX_NAME_BYTES) return 0;
      at += 1 + length;
      continue;
    }
    if (length < 0xc0 || at + 1 >= message.length || ++pointers > MAX_POINTERS) return 0;
    const target = readUint16(message, at) & 0x3fff;
    if (target >= limit || target < HEADER_BYTES) return 0;
    end ||= at + 2;
    limit = target;
    at = target;
  }
}

/** Whether a name is another one or above it; both have been passed by `nameEndIn`. */
export function isAtOrAbove(message: Uint8Array, name: number, other: number): boolean {
  for (let at = labelAt(message, other); ; at = labelAt(message, at + 1 + message[at]!)) {
    if (areSameNames(message, name, at)) return true;
    if (message[at] === 0) return false;
  }
}

/** Whether two names are the same, in any letters; both have been passed by `nameEndIn`. */
export function areSameNames(message: Uint8Array, one: number, other: number): boolean {
  return areNames(message, one, other, true);
}

function areNames(message: Uint8Array, one: number, other: number, isFolded: boolean): boolean {
  for (;;) {
    one = labelAt(message, one);
    other = labelAt(message, other);
    const length = message[one]!;
    if (one === other) return true;
    if (length !== message[other]) return false;
    if (length === 0) return true;
    for (let i = 1; i <= length; i++) {
      const byte = message[one + i]!;
      if (byte === message[other + i]) continue;
      if (!isFolded || !areLetters(byte, message[other + i]!)) return false;
    }
    one += 1 + length;
    other += 1 + length;
  }
}

/** Where the first label of a name stands, behind pointers. */
function labelAt(message: Uint8Array, start: number): number {
  let at = start;
  while (message[at]! >= 0xc0) at = readUint16(message, at) & 0x3fff;
  return at;
}

/** Whether two bytes that differ are the same letter. */
function areLetters(byte: number, other: number): boolean {
  const lower = byte | 0x20;
  return (byte ^ other) === 0x20 && lower >= 0x61 && lower <= 0x7a;
}
