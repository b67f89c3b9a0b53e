/**
 * The 12-byte header (RFC 1035 section 4.1.1): where its fields are and what its flag bits mean.
 */

export const HEADER_BYTES = 12;

/** Bits of the 16-bit flags word. */
export const Flag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/** The question of every message we send begins here, so this is a pointer to the qname. */
export const POINTER_TO_QUESTION = 0xc000 | HEADER_BYTES;

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 0x10000 + readUint16(bytes, at + 2);
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16);
  writeUint16(bytes, at + 2, value & 0xffff);
}

/** Writes ID and flags. */
export function writeHeader(bytes: Uint8Array, id: number, flags: number): void {
  writeUint16(bytes, 0, id);
  writeUint16(bytes, 2, flags);
}

/** Writes how many records each section has. */
export function writeCounts(
  bytes: Uint8Array,
  questions: number,
  answers: number,
  authorities: number,
  additionals: number,
): void {
  writeUint16(bytes, 4, questions);
  writeUint16(bytes, 6, answers);
  writeUint16(bytes, 8, authorities);
  writeUint16(bytes, 10, additionals);
}
