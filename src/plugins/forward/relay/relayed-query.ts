import { OPT_BYTES, writeOpt } from '../../../dns/edns.ts';
import { Flag, HEADER_BYTES, readUint16, writeCounts, writeHeader } from '../../../dns/header.ts';
import type { Query } from '../../../dns/query.ts';
import type { EncodeOptions, SentQuery } from '../upstream/sent-query.ts';

/** The bytes of what an upstream is asked for a client's query: as `encode` has them. */
export function encodeRelayed(
  query: Query,
  random: (bytes: number) => Uint8Array,
  { mixCase, edns }: EncodeOptions,
): Buffer {
  const { input, offset, questionEnd, flags } = query;
  const nameEnd = questionEnd - 5;
  const drawn = random(2 + (mixCase ? Math.ceil((nameEnd - HEADER_BYTES) / 8) : 0));
  const bytes = Buffer.allocUnsafe(questionEnd + (edns ? OPT_BYTES : 0));
  writeHeader(bytes, readUint16(drawn, 0), (flags & (Flag.RD | Flag.CD)) | Flag.AD);
  writeCounts(bytes, 1, 0, 0, edns ? 1 : 0);
  for (let i = 0; HEADER_BYTES + i < nameEnd; i++) {
    const byte = input[offset + HEADER_BYTES + i]!;
    const lower = byte | 0x20;
    // Length bytes are at most 63, so none is taken for a letter.
    const isLetter = byte > 0x3f && lower >= 0x61 && lower <= 0x7a;
    const isCapital = mixCase && ((drawn[2 + (i >> 3)]! >> (i & 7)) & 1) === 1;
    bytes[HEADER_BYTES + i] = isLetter ? (isCapital ? lower & ~0x20 : lower) : byte;
  }
  for (let at = nameEnd; at < questionEnd; at++) bytes[at] = input[offset + at]!;
  if (edns) writeOpt(bytes, questionEnd, 0, query.edns && query.dnssecOk, undefined);
  return bytes;
}

/** The same for those who read the reply as a message. */
export function sentQueryOf(bytes: Buffer, questionEnd: number, how: EncodeOptions): SentQuery {
  const id = readUint16(bytes, 0);
  const name = bytes.toString('latin1', HEADER_BYTES, questionEnd - 5);
  return { bytes, id, name, questionEnd, isMixed: how.mixCase, hasEdns: how.edns };
}
