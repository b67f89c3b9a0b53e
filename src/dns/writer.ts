import { added } from '../support/collections.ts';
import { Class, Type } from './codes.ts';
import { writeUint16, writeUint32 } from './header.ts';
import { PointerTargets } from './pointer-targets.ts';
import { type RecordData, type ResourceRecord, recordDataBytes, type WireName } from './record.ts';

/**
 * RFC 1035 section 4.1.4: a pointer has 14 bits, so only names before this offset can be pointed
 * at.
 */
const POINTER_LIMIT = 0x4000;

/** A name as it stands in a message. */
interface WrittenName {
  readonly name: WireName;
  readonly offset: number;
  /** Without what a pointer stands for. */
  readonly length: number;
}

/**
 * Writes names and records into a message, compressing names.
 *
 * Compression compares bytes, case included: a pointer to the same name in other letters would
 * change the letters that the reader sees (RFC 4343 section 4: case is preserved on output). SRV
 * targets are written whole, as RFC 2782 demands, but can be pointed at.
 */
export class MessageWriter {
  readonly #buffer: Buffer;
  readonly #targets = new PointerTargets();
  /** Names whose parents can be pointed at, but are in `targets` only once a pointer is needed. */
  #written: WrittenName[] | undefined;
  /** Where the next byte goes. */
  offset: number;

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer;
    this.offset = offset;
  }

  /** Begins another message, in the same buffer. */
  restart(offset: number): void {
    this.#targets.clear();
    this.#written = undefined;
    this.offset = offset;
  }

  /** Makes a name that already stands at `offset` a target for pointers, without its parents. */
  know(name: WireName, offset: number): void {
    if (name !== '' && offset < POINTER_LIMIT) this.#targets.add(name, offset);
  }

  /** The same for the question's name and every parent of it, before anything else is written. */
  knowAll(name: WireName, offset: number): void {
    this.#targets.addAll(name, offset);
  }

  /** Whether a record of this size, its names uncompressed, surely fits. */
  hasRoomFor(record: ResourceRecord): boolean {
    return (
      this.offset + record.owner.length + 11 + recordDataBytes(record.data) <= this.#buffer.length
    );
  }

  /** Writes a record, for which there must be room. With `ownerPointer` it is used as the owner. */
  record(record: ResourceRecord, ownerPointer?: number): void {
    if (ownerPointer === undefined) this.#name(record.owner, true);
    else this.#uint16(ownerPointer);
    writeUint16(this.#buffer, this.offset, record.type);
    writeUint16(this.#buffer, this.offset + 2, record.class ?? Class.IN);
    writeUint32(this.#buffer, this.offset + 4, record.ttl);
    const lengthAt = this.offset + 8;
    this.offset += 10;
    this.#data(record.type, record.data);
    writeUint16(this.#buffer, lengthAt, this.offset - lengthAt - 2);
  }

  #data(type: number, data: RecordData): void {
    switch (data.kind) {
      case 'address':
        this.#bytes(data.address);
        break;
      case 'raw':
        this.#bytes(data.bytes);
        break;
      case 'name':
        // RFC 6672 section 2.5: "The DNAME RDATA target name MUST NOT be sent out in compressed
        // form".
        this.#name(data.name, type !== Type.DNAME);
        break;
      case 'exchange':
        this.#uint16(data.preference);
        this.#name(data.exchange, true);
        break;
      case 'service':
        this.#uint16(data.priority);
        this.#uint16(data.weight);
        this.#uint16(data.port);
        this.#name(data.target, false);
        break;
      case 'strings':
        for (const text of data.strings) this.#string(text);
        break;
      case 'start':
        this.#name(data.start.mname, true);
        this.#name(data.start.rname, true);
        for (const field of ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const) {
          this.#uint32(data.start[field]);
        }
        break;
    }
  }

  #name(name: WireName, compress: boolean): void {
    const offset = this.offset;
    const length = compress ? this.#unknownPart(name) : name.length;
    if (length > 0) {
      this.know(name, offset);
      this.#written = added(this.#written, { name, offset, length });
      const labels = length === name.length ? name : name.slice(0, length);
      this.offset += this.#buffer.write(labels, offset, 'latin1');
    }
    if (length === name.length) this.#buffer[this.offset++] = 0;
    else this.#uint16(0xc000 | (this.#targets.offsetOf(name, length) as number));
  }

  /** How much of a name has to be written before a pointer: all of it when none leads on. */
  #unknownPart(name: WireName): number {
    if (this.#targets.offsetOf(name, 0) !== undefined) return 0;
    for (const written of this.#written ?? []) {
      for (let at = nextLabel(written.name, 0); at < written.length; ) {
        this.know(written.name.slice(at), written.offset + at);
        at = nextLabel(written.name, at);
      }
    }
    this.#written = undefined;
    let at = 0;
    while (at < name.length && this.#targets.offsetOf(name, at) === undefined) {
      at = nextLabel(name, at);
    }
    return at;
  }

  #bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** A character-string (RFC 1035 section 3.3): a length byte, then at most 255 bytes. */
  #string(text: string): void {
    this.#buffer[this.offset] = text.length;
    this.offset += 1 + this.#buffer.write(text, this.offset + 1, 'latin1');
  }

  #uint16(value: number): void {
    writeUint16(this.#buffer, this.offset, value);
    this.offset += 2;
  }

  #uint32(value: number): void {
    writeUint32(this.#buffer, this.offset, value);
    this.offset += 4;
  }
}

/** Where the label after the one at `at` begins. */
function nextLabel(name: WireName, at: number): number {
  return at + 1 + name.charCodeAt(at);
}
