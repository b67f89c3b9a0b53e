import { isAddressType } from '../dns/codes.ts';
import { writeUint16 } from '../dns/header.ts';
import type { NameKey } from '../dns/name.ts';
import { type CompiledName, HOSTS_TYPE, hostsIn, type PreparedAnswer } from './answer.ts';

/**
 * A name's zone and all its answers in one string, one character a byte.
 *
 * One object a name instead of a dozen: a string has nothing that the garbage collector must
 * follow, so a hundred thousand names loaded at once stop the thread for a tenth of the time, and
 * take a quarter of the memory.
 *
 * ```text
 * zone (two characters) · number of answers (one) · answers
 * answer: type, records, answer bytes, ends, zone copies, bytes   each in two characters
 *         for each end: where, records before it                  each in two characters
 *         for each zone copy: where                               in two characters
 *         bytes
 * ```
 */
export type PackedName = string & { readonly __packedName: unique symbol };

/** Bytes before the first answer. */
export const NAME_HEAD = 3;
/** Bytes of an answer before its ends. */
export const ANSWER_HEAD = 12;

/** As many as an address record has are copied by a loop in less time than by a call to Node.js. */
const FEW_BYTES = 28;

/** Beside the number of records, which is at most 4,096: some were left out. */
const CUT = 0x8000;

/** For all but a few names: those of Services with hundreds of endpoints. */
const scratch = Buffer.allocUnsafe(8192);

export function packName(zone: number, answers: readonly PreparedAnswer[]): PackedName {
  let size = NAME_HEAD;
  for (const answer of answers) size += packedBytes(answer);
  // Through a buffer: a string put together with + stays a tree of its parts.
  const packed = size <= scratch.length ? scratch : Buffer.allocUnsafe(size);
  writeUint16(packed, 0, zone);
  packed[2] = answers.length;
  let at = NAME_HEAD;
  for (const answer of answers) {
    const { type, bytes, additionalEnds, zoneCopies } = answer;
    const count = answer.answers | (answer.isCut ? CUT : 0);
    writeUint16(packed, at, type);
    writeUint16(packed, at + 2, count);
    writeUint16(packed, at + 4, answer.answerBytes);
    writeUint16(packed, at + 6, additionalEnds.length);
    writeUint16(packed, at + 8, zoneCopies.length);
    writeUint16(packed, at + 10, bytes.length);
    at += ANSWER_HEAD;
    for (const [end, records] of additionalEnds) {
      writeUint16(packed, at, end);
      writeUint16(packed, at + 2, records);
      at += 4;
    }
    for (const copy of zoneCopies) {
      writeUint16(packed, at, copy);
      at += 2;
    }
    at += packed.write(bytes, at, 'latin1');
  }
  return packed.toString('latin1', 0, size) as PackedName;
}

export function unpackName(key: NameKey, packed: PackedName): CompiledName {
  const answers: PreparedAnswer[] = [];
  const view = new AnswerView();
  for (let more = view.first(packed); more; more = view.next()) answers.push(view.toAnswer());
  const zone = zoneIndex(packed);
  const [first, ...others] = answers;
  if (first?.type !== HOSTS_TYPE) return { key, zone, answers };
  return { key, zone, answers: others, hosts: hostsIn(first) };
}

/** The index of the name's zone in `ZoneOptions.zones`. */
export function zoneIndex(packed: PackedName): number {
  return (packed.charCodeAt(0) << 8) | packed.charCodeAt(1);
}

/**
 * A cursor over the answers of a packed name. Reused from query to query: reading one allocates
 * nothing.
 */
export class AnswerView {
  #packed = '';
  #left = 0;
  #at = 0;
  type = 0;
  /** Records in the answer section. */
  answers = 0;
  /** Records were left out of the answer section. */
  isCut = false;
  /** Bytes of the answer section. */
  answerBytes = 0;
  /** Bytes of the answer and the additional section. */
  length = 0;
  /** RRsets in the additional section: the places where it may be cut. */
  ends = 0;
  /** Places where the zone's name is written out. */
  zoneCopies = 0;

  /** Moves to the first answer of a name; false when it has none. */
  first(packed: PackedName): boolean {
    this.#packed = packed;
    this.#left = packed.charCodeAt(2);
    this.#at = NAME_HEAD;
    return this.#read();
  }

  next(): boolean {
    this.#at = this.#bytesAt() + this.length;
    return this.#read();
  }

  /** Where the additional RRset `end` ends, in bytes from the start of the answer section. */
  endBytes(end: number): number {
    return this.#uint16(this.#at + ANSWER_HEAD + 4 * end);
  }

  /** How many additional records stand before that. */
  endRecords(end: number): number {
    return this.#uint16(this.#at + ANSWER_HEAD + 4 * end + 2);
  }

  /** Where the zone's name is written out for the time `copy`, in bytes from the answer section. */
  zoneCopy(copy: number): number {
    return this.#uint16(this.#at + ANSWER_HEAD + 4 * this.ends + 2 * copy);
  }

  /** Writes the first `length` bytes of the sections. */
  write(output: Buffer, offset: number, length: number): void {
    const packed = this.#packed;
    const start = this.#bytesAt();
    if (length > FEW_BYTES) output.write(packed.slice(start, start + length), offset, 'latin1');
    else for (let i = 0; i < length; i++) output[offset + i] = packed.charCodeAt(start + i);
  }

  /** No RRset but the host names that are asked for the name's addresses. */
  get isHosts(): boolean {
    return this.type === HOSTS_TYPE;
  }

  /** The RRset is A or AAAA: records of one length, which can be put in another order. */
  get isAddresses(): boolean {
    return isAddressType(this.type);
  }

  /** Writes an RRset of addresses, beginning with another of its records. */
  writeTurned(output: Buffer, offset: number, records: number): void {
    const start = this.#bytesAt();
    const end = start + this.answerBytes;
    const first = start + (this.answerBytes / this.answers) * (records % this.answers);
    const turned = this.#packed.slice(first, end) + this.#packed.slice(start, first);
    output.write(turned, offset, 'latin1');
  }

  toAnswer(): PreparedAnswer {
    const { type, answers, isCut, answerBytes } = this;
    const places = (count: number) => Array.from({ length: count }, (_, place) => place);
    return {
      type,
      bytes: this.#packed.slice(this.#bytesAt(), this.#bytesAt() + this.length),
      answers,
      isCut,
      answerBytes,
      additionalEnds: places(this.ends).map((end) => [this.endBytes(end), this.endRecords(end)]),
      zoneCopies: places(this.zoneCopies).map((copy) => this.zoneCopy(copy)),
    };
  }

  /** Not a getter: V8 looks a private one up by a call into its runtime. */
  #bytesAt(): number {
    return this.#at + ANSWER_HEAD + 4 * this.ends + 2 * this.zoneCopies;
  }

  #read(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const at = this.#at;
    this.type = this.#uint16(at);
    const count = this.#uint16(at + 2);
    this.answers = count & ~CUT;
    this.isCut = (count & CUT) !== 0;
    this.answerBytes = this.#uint16(at + 4);
    this.ends = this.#uint16(at + 6);
    this.zoneCopies = this.#uint16(at + 8);
    this.length = this.#uint16(at + 10);
    return true;
  }

  #uint16(at: number): number {
    return (this.#packed.charCodeAt(at) << 8) | this.#packed.charCodeAt(at + 1);
  }
}

function packedBytes({ additionalEnds, zoneCopies, bytes }: PreparedAnswer): number {
  return ANSWER_HEAD + 4 * additionalEnds.length + 2 * zoneCopies.length + bytes.length;
}
