import { nameText } from './zone-text.ts';

/**
 * A strict reader of DNS messages. dns-packet forgives almost everything (it ignores RDLENGTH and
 * trailing bytes, and its names cannot tell `a\.b` from `a.b`), so structure is judged here.
 */
export interface WireMessage {
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly WireQuestion[];
  readonly answer: readonly WireRecord[];
  readonly authority: readonly WireRecord[];
  readonly additional: readonly WireRecord[];
}

interface WireQuestion {
  /** Presentation form, case and escapes exact. */
  readonly name: string;
  readonly type: number;
  readonly qclass: number;
  /** Offset of the byte after the question. */
  readonly end: number;
}

export interface WireRecord {
  /** Presentation form, case and escapes exact. */
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: Buffer;
}

/**
 * Reads a whole message.
 *
 * @throws Error when a byte is missing or left over, a name breaks RFC 1035's limits or points
 *   forwards, or RDATA does not fill RDLENGTH exactly.
 */
export function readWire(bytes: Buffer): WireMessage {
  const reader = new Reader(bytes);
  const [id, flags, qd, an, ns, ar] = reader.words(6) as [number, ...number[]];
  const message = {
    id,
    flags: flags ?? 0,
    questions: repeat(qd, () => reader.question()),
    answer: repeat(an, () => reader.record()),
    authority: repeat(ns, () => reader.record()),
    additional: repeat(ar, () => reader.record()),
  };
  if (reader.at !== bytes.length) {
    throw new Error(`${bytes.length - reader.at} bytes follow the last record`);
  }
  return message;
}

function repeat<T>(times: number | undefined, read: () => T): T[] {
  return Array.from({ length: times ?? 0 }, read);
}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  words(count: number): number[] {
    return repeat(count, () => this.#take(2).readUInt16BE());
  }

  question(): WireQuestion {
    const name = nameText(this.#name(true));
    const [type = 0, qclass = 0] = this.words(2);
    return { name, type, qclass, end: this.at };
  }

  record(): WireRecord {
    const owner = nameText(this.#name(true));
    const [type = 0, code = 0] = this.words(2);
    const ttl = this.#take(4).readUInt32BE();
    const [length = 0] = this.words(1);
    const start = this.at;
    const data = this.#take(length);
    this.at = start;
    this.#data(type, length);
    if (this.at !== start + length) {
      throw new Error(`RDATA of type ${type} ends at byte ${this.at}, not at ${start + length}`);
    }
    return { owner, type, class: code, ttl, data };
  }

  /** Walks over RDATA as its type says, so that `at` shows whether RDLENGTH was right. */
  #data(type: number, length: number): void {
    const end = this.at + length;
    switch (type) {
      case 1:
        this.#take(4);
        return;
      case 28:
        this.#take(16);
        return;
      case 2:
      case 5:
      case 12:
        this.#name(true);
        return;
      case 6:
        this.#name(true);
        this.#name(true);
        this.#take(20);
        return;
      case 15:
        this.#take(2);
        this.#name(true);
        return;
      case 16:
        while (this.at < end) this.#take(this.#take(1).readUInt8());
        return;
      case 33: // RFC 2782: "name compression is not to be used for this field"
        this.#take(6);
        this.#name(false);
        return;
      case 41:
        while (this.at < end) this.#take(this.words(2)[1] ?? 0);
        return;
      default:
        this.#take(length);
    }
  }

  #name(compression: boolean): Buffer[] {
    const labels: Buffer[] = [];
    let octets = 1;
    let resume: number | undefined;
    let lowest = this.at;
    for (;;) {
      const length = this.#take(1).readUInt8();
      if (length === 0) break;
      if (length < 64) {
        labels.push(this.#take(length));
        octets += length + 1;
        if (octets > 255) throw new Error('A name is longer than 255 octets');
        continue;
      }
      if (length < 192) throw new Error(`Label type ${length >> 6} at byte ${this.at - 1}`);
      if (!compression) throw new Error(`Compressed name where none is allowed, byte ${this.at}`);
      const target = ((length & 63) << 8) | this.#take(1).readUInt8();
      resume ??= this.at;
      if (target >= lowest) throw new Error(`Pointer at byte ${this.at - 2} does not go backwards`);
      lowest = target;
      this.at = target;
    }
    this.at = resume ?? this.at;
    return labels;
  }

  #take(length: number): Buffer {
    const slice = this.#bytes.subarray(this.at, this.at + length);
    if (slice.length < length) {
      throw new Error(`Message ends at byte ${this.#bytes.length}, ${length} bytes wanted`);
    }
    this.at += length;
    return slice;
  }
}
