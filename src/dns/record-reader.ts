import { Class, Type } from './codes.ts';
import { FormatError, type ReadBudget } from './format-error.ts';
import { readUint16, readUint32 } from './header.ts';
import { NameReader } from './name-reader.ts';
import { type RecordData, type ResourceRecord, saneTtl } from './record.ts';

/** A record with small data, measured on Node 20: two objects, a view of bytes. */
const RECORD_COST = 320;
const START_COST = 200;
const STRING_COST = 40;
const NAMES_WITHIN_COST = 300;

/** Size of the chunks that small record data shares; one kept record keeps its chunk alive. */
const CHUNK_BYTES = 256;
const NO_CHUNK = new Uint8Array(0);

/**
 * Types whose data svcdns does not interpret, but which may hold compressed names (RFC 3597 section
 * 4): bytes before the names, character-strings before them, names. The rest is kept as it is.
 */
const NAMES_WITHIN: ReadonlyMap<number, readonly [bytes: number, strings: number, names: number]> =
  new Map([
    [14, [0, 0, 2]], // MINFO
    [17, [0, 0, 2]], // RP
    [18, [2, 0, 1]], // AFSDB
    [21, [2, 0, 1]], // RT
    [24, [18, 0, 1]], // SIG
    [26, [2, 0, 2]], // PX
    [30, [0, 0, 1]], // NXT
    [Type.NAPTR, [4, 3, 1]],
    [36, [2, 0, 1]], // KX
  ]);

/** Reads the records of one message. */
export class RecordReader {
  readonly #message: Buffer;
  readonly #budget: ReadBudget;
  readonly #names: NameReader;
  #chunk: Uint8Array<ArrayBuffer> = NO_CHUNK;
  #chunkUsed = 0;
  #hasCopied = false;
  /** The offset after what was read last. */
  end = 0;

  constructor(message: Buffer, budget: ReadBudget) {
    this.#message = message;
    this.#budget = budget;
    this.#names = new NameReader(message, budget);
  }

  /** @throws {FormatError} */
  name(start: number): string {
    const name = this.#names.read(start);
    this.end = this.#names.end;
    return name;
  }

  /**
   * Reads one record. Its data must fill its length exactly.
   *
   * @throws {FormatError} when the bytes are no record.
   */
  record(start: number): ResourceRecord {
    const message = this.#message;
    const owner = this.#names.read(start);
    const at = this.#names.end;
    if (at + 10 > message.length)
      throw new FormatError('A record runs past the end of the message');
    const type = readUint16(message, at);
    const classCode = readUint16(message, at + 2);
    const ttl = readUint32(message, at + 4);
    const end = at + 10 + readUint16(message, at + 8);
    if (end > message.length) throw new FormatError('Record data runs past the end of the message');
    this.#budget.spend(RECORD_COST);
    this.end = end;
    // Of the OPT record these fields mean something else (RFC 6891 section 6.1.2).
    if (type === Type.OPT) return { owner, type, ttl, data: this.#raw(at + 10, end) };
    const data = this.#data(type, classCode, at + 10, end);
    const kept = { owner, type, ttl: saneTtl(ttl), data };
    return classCode === Class.IN ? kept : { ...kept, class: classCode };
  }

  #data(type: number, classCode: number, at: number, end: number): RecordData {
    switch (type) {
      case Type.NS:
      case 3: // MD, MF, MB, MG and MR, obsolete, are names that may be compressed
      case 4:
      case Type.CNAME:
      case 7:
      case 8:
      case 9:
      case Type.PTR:
      case Type.DNAME:
        return { kind: 'name', name: this.#lastName(at, end) };
      case Type.SOA:
        return this.#start(at, end);
      case Type.MX:
        if (at + 3 > end) throw new FormatError('MX data is too short');
        return {
          kind: 'exchange',
          preference: readUint16(this.#message, at),
          exchange: this.#lastName(at + 2, end),
        };
      case Type.TXT:
        return { kind: 'strings', strings: this.#strings(at, end) };
      default:
        return classCode === Class.IN ? this.#internetData(type, at, end) : this.#raw(at, end);
    }
  }

  /** Types whose data has this shape in class IN only. */
  #internetData(type: number, at: number, end: number): RecordData {
    switch (type) {
      case Type.A:
      case Type.AAAA:
        if (end - at !== (type === Type.A ? 4 : 16))
          throw new FormatError('An address has a wrong length');
        return { kind: 'address', address: this.#copy(at, end) };
      case Type.SRV:
        if (at + 7 > end) throw new FormatError('SRV data is too short');
        return {
          kind: 'service',
          priority: readUint16(this.#message, at),
          weight: readUint16(this.#message, at + 2),
          port: readUint16(this.#message, at + 4),
          target: this.#lastName(at + 6, end),
        };
      default:
        return this.#raw(at, end, NAMES_WITHIN.get(type));
    }
  }

  #start(at: number, end: number): RecordData {
    const mname = this.#names.read(at);
    const rname = this.#names.read(this.#names.end);
    const numbers = this.#names.end;
    if (numbers + 20 !== end) throw new FormatError('SOA data has a wrong length');
    this.#budget.spend(START_COST);
    const message = this.#message;
    const serial = readUint32(message, numbers);
    const refresh = readUint32(message, numbers + 4);
    const retry = readUint32(message, numbers + 8);
    const expire = readUint32(message, numbers + 12);
    const minimum = readUint32(message, numbers + 16);
    return { kind: 'start', start: { mname, rname, serial, refresh, retry, expire, minimum } };
  }

  /** Data that svcdns does not interpret, byte for byte (RFC 3597), with its names decompressed. */
  #raw(
    at: number,
    end: number,
    shape?: readonly [bytes: number, strings: number, names: number],
  ): RecordData {
    if (shape === undefined) {
      this.#budget.spend(end - at);
      return { kind: 'raw', bytes: this.#copy(at, end) };
    }
    const [bytes, strings, names] = shape;
    let from = at + bytes;
    for (let i = 0; i < strings; i++) from += 1 + (this.#message[from] ?? 0);
    let written = this.#message.toString('latin1', at, from);
    for (let i = 0; i < names; i++) {
      if (from >= end) throw new FormatError('Record data is too short');
      written += `${this.#names.read(from)}\0`;
      from = this.#names.end;
    }
    if (from > end) throw new FormatError('A name runs past its record data');
    written += this.#message.toString('latin1', from, end);
    this.#budget.spend(NAMES_WITHIN_COST + 2 * written.length);
    return { kind: 'raw', bytes: new Uint8Array(Buffer.from(written, 'latin1')) };
  }

  #strings(start: number, end: number): string[] {
    const message = this.#message;
    const strings: string[] = [];
    for (let at = start; at < end; at += 1 + message[at]!) {
      const length = message[at]!;
      if (at + 1 + length > end) throw new FormatError('A string runs past its record data');
      this.#budget.spend(STRING_COST + length);
      strings.push(message.toString('latin1', at + 1, at + 1 + length));
    }
    return strings;
  }

  /**
   * A copy, so that a record that is kept does not keep the whole message. Small copies share a
   * chunk, because a buffer for each would cost more than the rest of its record. The first has a
   * buffer of its own: most messages have no other, and a chunk takes four times as long to make.
   */
  #copy(at: number, end: number): Uint8Array {
    const length = end - at;
    if (length > CHUNK_BYTES / 4) {
      const bytes = new Uint8Array(length);
      this.#message.copy(bytes, 0, at, end);
      return bytes;
    }
    if (!this.#hasCopied) {
      this.#hasCopied = true;
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = this.#message[at + i]!;
      return bytes;
    }
    if (this.#chunkUsed + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunkUsed = 0;
    }
    const start = this.#chunkUsed;
    this.#message.copy(this.#chunk, start, at, end);
    this.#chunkUsed = start + length;
    return new Uint8Array(this.#chunk.buffer, start, length);
  }

  /** A name that fills the data to its end. */
  #lastName(at: number, end: number): string {
    const name = this.#names.read(at);
    if (this.#names.end !== end) throw new FormatError('A name does not end with its record data');
    return name;
  }
}
