import { Type } from './codes.ts';
import { readUint16 } from './header.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './name.ts';
import type { RecordData, ResourceRecord, WireName } from './record.ts';

/** A message that cannot be read: a name or record runs past its end, or a pointer does not lead back. */
export class FormatError extends SyntaxError {
  override readonly name = 'FormatError';
}

/**
 * Reads `count` records from `message`, starting at `start`.
 *
 * @throws {FormatError} when the bytes are not that many records.
 */
export function readRecords(
  message: Buffer,
  start: number,
  count: number,
): { records: ResourceRecord[]; end: number } {
  const records: ResourceRecord[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const owner = readName(message, at);
    at = owner.end;
    if (at + 10 > message.length)
      throw new FormatError('A record runs past the end of the message');
    const type = readUint16(message, at);
    const ttl = message.readUInt32BE(at + 4);
    const end = at + 10 + readUint16(message, at + 8);
    if (end > message.length) throw new FormatError('Record data runs past the end of the message');
    records.push({ owner: owner.name, type, ttl, data: readData(message, type, at + 10, end) });
    at = end;
  }
  return { records, end: at };
}

/**
 * Reads a name, following pointers. Each must lead to before the place it stands at ("a prior occurance of the
 * same name", RFC 1035 section 4.1.4), so a loop is impossible and at most 127 are followed.
 *
 * @throws {FormatError} when the name is malformed.
 */
export function readName(message: Buffer, start: number): { name: WireName; end: number } {
  let name = '';
  let at = start;
  let limit = start;
  let end = 0;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new FormatError('A name runs past the end of the message');
    if (length >= 0xc0) {
      end ||= at + 2;
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0xff);
      if (target >= limit) throw new FormatError('A compression pointer does not lead back');
      limit = target;
      at = target;
    } else if (length > MAX_LABEL_BYTES) {
      throw new FormatError('A label has a reserved type');
    } else if (length === 0) {
      return { name, end: end || at + 1 };
    } else {
      if (at + 1 + length > message.length) throw new FormatError('A label runs past the end');
      name += message.toString('latin1', at, at + 1 + length);
      if (name.length + 1 > MAX_NAME_BYTES) throw new FormatError('A name is over 255 bytes');
      at += 1 + length;
    }
  }
}

function readData(message: Buffer, type: number, at: number, end: number): RecordData {
  switch (type) {
    case Type.CNAME:
    case Type.NS:
    case Type.PTR:
      return { kind: 'name', name: readName(message, at).name };
    case Type.SRV:
      if (at + 7 > end) throw new FormatError('SRV data is too short');
      return {
        kind: 'service',
        priority: readUint16(message, at),
        weight: readUint16(message, at + 2),
        port: readUint16(message, at + 4),
        target: readName(message, at + 6).name,
      };
    case Type.A:
    case Type.AAAA:
      if (end - at !== (type === Type.A ? 4 : 16))
        throw new FormatError('An address has a wrong length');
      return { kind: 'address', address: Uint8Array.from(message.subarray(at, end)) };
    case Type.TXT:
      return { kind: 'strings', strings: readStrings(message, at, end) };
    default:
      return { kind: 'raw', bytes: Uint8Array.from(message.subarray(at, end)) };
  }
}

function readStrings(message: Buffer, start: number, end: number): string[] {
  const strings: string[] = [];
  for (let at = start; at < end; at += 1 + message[at]!) {
    if (at + 1 + message[at]! > end) throw new FormatError('A string runs past its record data');
    strings.push(message.toString('latin1', at + 1, at + 1 + message[at]!));
  }
  return strings;
}
