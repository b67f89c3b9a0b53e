import { Class, Opcode, Rcode, Type } from './codes.ts';
import {
  Flag,
  HEADER_BYTES,
  POINTER_TO_QUESTION,
  readUint16,
  readUint32,
  writeUint32,
} from './header.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './name.ts';
import { MAX_TTL, saneTtl } from './record.ts';

/** Serial, refresh, retry, expire and minimum. */
const SOA_TIMES_BYTES = 20;

const NOTHING = Buffer.alloc(0);

/**
 * The plainest replies of other servers, in one look at their bytes: addresses of the name asked
 * for and nothing else, or a denial with the SOA record that says for how long it holds. What
 * stands behind the question is fit to be sent on as it is. Everything else is for `readMessage`,
 * which is also who says what is malformed.
 */
export class PlainReply {
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  #lowest = 0;
  /** The flags word. */
  flags = 0;
  rcode = 0;
  /** Addresses; 0 of a denial. */
  answers = 0;
  /** How long it may be kept (RFC 2308 section 5); seconds. */
  ttl = 0;

  /**
   * Reads the reply to a question of this type and class IN that ends at `questionEnd`, which the
   * caller has compared. False when it is not plain.
   */
  read(bytes: Buffer, questionEnd: number, type: number): boolean {
    const flags = readUint16(bytes, 2);
    const answers = readUint16(bytes, 6);
    const authorities = readUint16(bytes, 8);
    const isReply = (flags & (Flag.QR | Flag.TC)) === Flag.QR;
    if (!isReply || ((flags >>> 11) & 0xf) !== Opcode.QUERY || readUint16(bytes, 4) !== 1) {
      return false;
    }
    this.#bytes = bytes;
    this.#start = questionEnd;
    this.#end = questionEnd;
    this.flags = flags;
    this.rcode = flags & 0xf;
    this.answers = answers;
    if (answers > 0) {
      if (this.rcode !== Rcode.NOERROR || authorities > 0) return false;
      if (!this.#readAddresses(type)) return false;
    } else {
      if (this.rcode !== Rcode.NOERROR && this.rcode !== Rcode.NXDOMAIN) return false;
      if (authorities !== 1 || !this.#readSoa()) return false;
    }
    return this.#isEnd(readUint16(bytes, 10));
  }

  /** The bytes of its records, in latin1, with the TTLs as they count. */
  wire(): string {
    const bytes = this.#bytes;
    if (this.answers === 0) writeUint32(bytes, this.#lowest, this.ttl);
    else {
      const size = (this.#end - this.#start) / this.answers;
      for (let at = this.#start; at < this.#end; at += size) writeUint32(bytes, at + 6, this.ttl);
    }
    return bytes.toString('latin1', this.#start, this.#end);
  }

  /** One RRset, whose TTL is the lowest there is (RFC 2181 section 5.2). */
  #readAddresses(type: number): boolean {
    const dataBytes = type === Type.A ? 4 : type === Type.AAAA ? 16 : 0;
    const size = 12 + dataBytes;
    const bytes = this.#bytes;
    const end = this.#start + this.answers * size;
    if (dataBytes === 0 || end > bytes.length) return false;
    this.ttl = MAX_TTL;
    for (let at = this.#start; at < end; at += size) {
      const isPlain =
        readUint16(bytes, at) === POINTER_TO_QUESTION &&
        readUint16(bytes, at + 2) === type &&
        readUint16(bytes, at + 4) === Class.IN &&
        readUint16(bytes, at + 10) === dataBytes;
      if (!isPlain) return false;
      this.ttl = Math.min(this.ttl, saneTtl(readUint32(bytes, at + 6)));
    }
    this.#end = end;
    return true;
  }

  /** Of the name asked for, or of one above it. */
  #readSoa(): boolean {
    const bytes = this.#bytes;
    const at = this.#nameEnd(this.#start, this.#start);
    if (at === 0 || at + 10 > bytes.length || !this.#isAbove(this.#start)) return false;
    if (readUint16(bytes, at) !== Type.SOA || readUint16(bytes, at + 2) !== Class.IN) return false;
    const end = at + 10 + readUint16(bytes, at + 8);
    const contactAt = this.#nameEnd(at + 10, at + 10);
    const timesAt = contactAt === 0 ? 0 : this.#nameEnd(contactAt, at + 10);
    if (timesAt === 0 || timesAt + SOA_TIMES_BYTES !== end || end > bytes.length) return false;
    this.#lowest = at + 4;
    const minimum = saneTtl(readUint32(bytes, end - 4));
    this.ttl = Math.min(saneTtl(readUint32(bytes, at + 4)), minimum);
    this.#end = end;
    return true;
  }

  /**
   * Where a name ends; 0 when it is not one that may be sent on: written out as a whole, or up to
   * a pointer to a name in the question, or to one that begins at `before`. What is written out
   * has no capitals: these may be the random ones of our query, which are none of the client's.
   */
  #nameEnd(start: number, before: number): number {
    const bytes = this.#bytes;
    let at = start;
    for (;;) {
      const length = bytes[at]!;
      if (at >= bytes.length) return 0;
      if (length === 0) return at + 1 - start > MAX_NAME_BYTES ? 0 : at + 1;
      if (length > MAX_LABEL_BYTES) break;
      const end = at + 1 + length;
      for (at++; at < end; at++) if (folded(bytes[at]!) !== bytes[at]) return 0;
    }
    if (at + 1 >= bytes.length || bytes[at]! < 0xc0) return 0;
    const target = readUint16(bytes, at) & 0x3fff;
    let labelAt = HEADER_BYTES;
    if (target >= this.#start) {
      // Names that end in a pointer themselves are left to `readMessage`.
      if (before >= start || target < before) return 0;
      labelAt = before;
    }
    while (labelAt < target) {
      const length = bytes[labelAt]!;
      if (length === 0 || length > MAX_LABEL_BYTES) return 0;
      labelAt += 1 + length;
    }
    if (labelAt !== target) return 0;
    while (labelAt < bytes.length && bytes[labelAt]! > 0) {
      if (bytes[labelAt]! > MAX_LABEL_BYTES) return 0;
      labelAt += 1 + bytes[labelAt]!;
    }
    return at - start + (labelAt + 1 - target) > MAX_NAME_BYTES ? 0 : at + 2;
  }

  /** Whether the name there, which `#nameEnd` has passed, is that of the question or above it. */
  #isAbove(start: number): boolean {
    const bytes = this.#bytes;
    const length = bytes[start]!;
    if (length >= 0xc0 || length === 0) return true;
    let end = start;
    while (bytes[end]! > 0) {
      if (bytes[end]! >= 0xc0) return false;
      end += 1 + bytes[end]!;
    }
    const questionAt = this.#start - 5 - (end - start);
    if (questionAt < HEADER_BYTES) return false;
    for (let i = 0; i <= end - start; i++) {
      if (bytes[start + i] !== folded(bytes[questionAt + i]!)) return false;
    }
    let labelAt = HEADER_BYTES;
    while (labelAt < questionAt) labelAt += 1 + bytes[labelAt]!;
    return labelAt === questionAt;
  }

  /** Behind the records there is nothing but an OPT record that says nothing. */
  #isEnd(additionals: number): boolean {
    const bytes = this.#bytes;
    const at = this.#end;
    if (additionals === 0) return at === bytes.length;
    return (
      additionals === 1 &&
      at + 11 === bytes.length &&
      bytes[at] === 0 &&
      readUint16(bytes, at + 1) === Type.OPT &&
      bytes[at + 5] === 0 && // no more of an rcode
      readUint16(bytes, at + 9) === 0
    );
  }
}

/** Length bytes are at most 63, so none is taken for a letter. */
function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
