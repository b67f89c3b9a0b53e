import { Type } from './codes.ts';
import { HEADER_BYTES, readUint16 } from './header.ts';

/**
 * The bytes that a message of ours would have without compression and without its OPT record: what
 * CoreDNS logs as the size of a reply. `questionEnd` is where its only question ends.
 */
export function plainSize(message: Uint8Array, questionEnd: number): number {
  const records =
    readUint16(message, 6) + readUint16(message, 8) + readUint16(message, HEADER_BYTES - 2);
  let size = questionEnd;
  let at = questionEnd;
  for (let i = 0; i < records; i++) {
    const owner = nameBytes(message, at);
    at = nameEnd(message, at);
    const type = readUint16(message, at);
    const dataAt = at + FIXED_BYTES;
    at = dataAt + readUint16(message, dataAt - 2);
    if (type !== Type.OPT) size += owner + FIXED_BYTES + dataBytes(message, type, dataAt, at);
  }
  return size;
}

/** Whether one of the first `count` records behind the question is of this type. */
export function hasRecord(
  message: Uint8Array,
  questionEnd: number,
  count: number,
  type: number,
): boolean {
  let at = questionEnd;
  for (let i = 0; i < count; i++) {
    at = nameEnd(message, at);
    if (readUint16(message, at) === type) return true;
    at += FIXED_BYTES + readUint16(message, at + FIXED_BYTES - 2);
  }
  return false;
}

/** Type, class, TTL and length of a record's data. */
const FIXED_BYTES = 10;

/** Serial, refresh, retry, expire and minimum of an SOA record. */
export const SOA_TIMES_BYTES = 20;

/** RFC 3597 section 4: only the names in these types may be compressed. */
function dataBytes(message: Uint8Array, type: number, start: number, end: number): number {
  switch (type) {
    case Type.NS:
    case Type.CNAME:
    case Type.PTR:
      return nameBytes(message, start);
    case Type.MX:
      return 2 + nameBytes(message, start + 2);
    case Type.SOA: {
      const contactAt = nameEnd(message, start);
      return nameBytes(message, start) + nameBytes(message, contactAt) + SOA_TIMES_BYTES;
    }
    default:
      return end - start;
  }
}

/** The length of a name that is written out. */
export function nameBytes(message: Uint8Array, start: number): number {
  let size = 1;
  for (let at = start; ; ) {
    const length = message[at]!;
    if (length === 0) return size;
    if (length >= 0xc0) {
      at = readUint16(message, at) & 0x3fff;
      continue;
    }
    size += 1 + length;
    at += 1 + length;
  }
}

/** Where a name of a message ends, of which the labels up to a pointer are written there. */
export function nameEnd(message: Uint8Array, start: number): number {
  let at = start;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return at + 1;
}
