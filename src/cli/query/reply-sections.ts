import { Type } from '../../dns/codes.ts';
import { HEADER_BYTES, readUint16 } from '../../dns/header.ts';
import { readSections } from '../../dns/message.ts';
import type { ResourceRecord } from '../../dns/record.ts';

/**
 * The three sections of a reply. `questionEnd` is where its question ends, if it has one.
 *
 * @throws {FormatError} when the bytes are no DNS message.
 */
export function replySections(bytes: Buffer, questionEnd: number): ReturnType<typeof readSections> {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    readUint16(bytes, at),
  ) as [number, number, number, number];
  const start = questions === 0 ? HEADER_BYTES : questionEnd;
  return readSections(bytes, start, [answers, authorities, additionals]);
}

/**
 * The response code of a reply, with the upper bits from EDNS.
 *
 * @throws {FormatError} when the bytes are no DNS message.
 */
export function readRcode(bytes: Buffer, questionEnd: number): number {
  const isOpt = ({ type }: ResourceRecord) => type === Type.OPT;
  const opt = replySections(bytes, questionEnd).flat().find(isOpt);
  return ((opt === undefined ? 0 : opt.ttl >>> 24) << 4) | (readUint16(bytes, 2) & 0xf);
}
