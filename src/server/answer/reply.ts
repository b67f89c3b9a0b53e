import { Opcode, Type } from '../../dns/codes.ts';
import {
  addCookies,
  cookieOptionLength,
  type EdnsOptionData,
  type ExtendedErrorText,
  MIN_UDP_PAYLOAD_BYTES,
  OPT_BYTES,
  optLength,
  writeOpt,
} from '../../dns/edns.ts';
import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import {
  Flag,
  HEADER_BYTES,
  readUint16,
  writeCounts,
  writeHeader,
  writeUint16,
} from '../../dns/header.ts';
import type { ReplyContent } from '../../dns/message.ts';
import type { Query } from '../../dns/query.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { areOfOneRrset } from '../../dns/rrset.ts';
import { MessageWriter } from '../../dns/writer.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { PublishedNames } from '../../zone/lookup.ts';
import type { AnswerView } from '../../zone/packed-name.ts';

/**
 * The largest reply that the client can take: over UDP at most `most` bytes, and 512 without EDNS.
 * ANY stays that small for everybody, because it is what reflection attacks ask for.
 */
export function replyLimit(query: Query, most: number): number {
  if (query.transport === 'tcp') return MAX_MESSAGE_BYTES;
  if (!query.edns || query.type === Type.ANY) return MIN_UDP_PAYLOAD_BYTES;
  return Math.max(MIN_UDP_PAYLOAD_BYTES, Math.min(query.ednsSize, most));
}

/**
 * Copies the question, byte for byte: clients that vary the letters' case (0x20) compare it.
 * Returns where the answer section begins.
 */
export function echoQuestion({ input, offset, questionEnd }: Query, output: Buffer): number {
  for (let at = HEADER_BYTES; at < questionEnd; at++) output[at] = input[offset + at]!;
  return questionEnd;
}

/**
 * Writes a prepared answer and returns the reply's length. What does not fit is left out by whole
 * RRsets: first from the additional section, which needs no TC bit ("the TC bit should not be set
 * merely because some extra information could have been included", RFC 2181 section 9), then the
 * answer, which does. `rotation` turns an RRset of addresses; `shorter` is by how many bytes the
 * question is shorter than the one the answer was prepared for.
 */
export function writePrepared(
  query: Query,
  output: Buffer,
  prepared: AnswerView,
  zoneLength: number,
  rotation = 0,
  shorter = 0,
): number {
  const start = echoQuestion(query, output);
  const room = query.replyLimit - start - plainOptLength(query);
  if (prepared.answerBytes > room) {
    writeHead(query, output, Flag.AA | Flag.TC, 0, 0, 0);
    return addOpt(query, output, start);
  }
  // An RRset that no message can carry whole: say so, though over TCP there is nothing larger to
  // ask for.
  const flags = prepared.isCut ? Flag.AA | Flag.TC : Flag.AA;
  let length = prepared.length;
  let additional = 0;
  if (prepared.ends > 0) {
    let end = prepared.ends - 1;
    while (end >= 0 && prepared.endBytes(end) > room) end--;
    length = end < 0 ? prepared.answerBytes : prepared.endBytes(end);
    additional = end < 0 ? 0 : prepared.endRecords(end);
  }
  if (rotation === 0) prepared.write(output, start, length);
  else prepared.writeTurned(output, start, rotation);
  if (shorter > 0 && additional > 0) {
    movePointers(output, start + prepared.answerBytes, additional, shorter);
  }
  if (query.hasUpperCase) copyZoneCase(query, output, prepared, zoneLength, length);
  writeHead(query, output, flags, prepared.answers, 0, additional);
  return addOpt(query, output, start + length);
}

/** Whether `writePrepared` leaves nothing out. */
export function fitsWhole(query: Query, prepared: AnswerView): boolean {
  const room = query.replyLimit - query.questionEnd - plainOptLength(query);
  return prepared.length <= room && !prepared.isCut;
}

/** The OPT record that every reply to the query has, if any. */
export function plainOptLength({ edns, cookies }: Query): number {
  return edns ? OPT_BYTES + cookieOptionLength(cookies) : 0;
}

/**
 * Makes an answer prepared for a longer question fit: the owners of additional records point at SRV
 * targets, or at the zone in the question, and both stand `shorter` bytes nearer now.
 */
function movePointers(output: Buffer, start: number, records: number, shorter: number): void {
  let at = start;
  for (let i = 0; i < records; i++) {
    // Behind the reach of pointers owners are written out, and end in a pointer or in the root.
    while (output[at]! > 0 && output[at]! < 0xc0) at += 1 + output[at]!;
    if (output[at]! >= 0xc0) {
      writeUint16(output, at, readUint16(output, at) - shorter);
      at++;
    }
    at += 11 + readUint16(output, at + 9);
  }
}

/**
 * Writes the zone in the SRV targets among the first `length` bytes behind the question with the
 * letters of the question.
 */
function copyZoneCase(
  query: Query,
  output: Buffer,
  prepared: AnswerView,
  zoneLength: number,
  length: number,
): void {
  const { input, questionEnd: start } = query;
  const zoneAt = query.offset + start - 5 - zoneLength;
  for (let i = 0; i < prepared.zoneCopies; i++) {
    const copyAt = prepared.zoneCopy(i);
    if (copyAt + zoneLength > length) return;
    for (let at = 0; at < zoneLength; at++) output[start + copyAt + at] = input[zoneAt + at]!;
  }
}

/**
 * Writes NODATA or NXDOMAIN with the zone's SOA record: the reply that search lists ask for most.
 * It always fits: a name of 255 bytes, the record and an OPT are under 512.
 */
export function writeNegative(
  query: Query,
  output: Buffer,
  rcode: number,
  { key }: ServedZone,
  { soa, serial }: Pick<PublishedNames, 'soa' | 'serial'>,
): number {
  const start = echoQuestion(query, output);
  const end = soa.write(output, start, query.questionEnd - 5 - key.length, serial);
  writeHead(query, output, Flag.AA | rcode, 0, 1, 0);
  return addOpt(query, output, end);
}

const scratch = Buffer.alloc(MAX_MESSAGE_BYTES + 1024);

/** Writes a reply made of records, cut by whole RRsets where it does not fit. */
export function writeComposed(query: Query, output: Buffer, reply: ReplyContent): number {
  const start = echoQuestion(query, output);
  const writer = new MessageWriter(scratch, start);
  writer.knowAll(questionName(query), HEADER_BYTES);
  const { options } = reply;
  const cookies = cookieOptionLength(query.cookies);
  const limit = query.replyLimit;
  const end = limit - (query.edns ? optLength(undefined, options) + cookies : 0);
  const answer = writeSection(writer, reply.answer, end);
  const authority = answer.isWhole ? writeSection(writer, reply.authority, end) : NONE;
  const isCut = !answer.isWhole || !authority.isWhole;
  const additional = isCut ? NONE : writeSection(writer, reply.additional, end);
  if (output !== scratch) scratch.copy(output, start, start, writer.offset);
  // RFC 8914: the explanation is the first thing to go when space is short.
  const hasRoom = writer.offset + optLength(reply.error, options) + cookies <= limit;
  const error = hasRoom ? reply.error : undefined;
  const flags =
    (reply.authoritative ? Flag.AA : 0) |
    (isCut || reply.truncated ? Flag.TC : 0) |
    (reply.recursionAvailable ? Flag.RA : 0) |
    (reply.authenticData ? Flag.AD : 0) |
    (reply.rcode & 0xf);
  writeHead(query, output, flags, answer.count, authority.count, additional.count);
  return addOpt(query, output, writer.offset, reply.rcode >>> 4, error, options);
}

/** A reply without records. */
export function writeRefusal(
  query: Query,
  output: Buffer,
  rcode: number,
  error?: ExtendedErrorText,
): number {
  const hasQuestion = query.opcode === Opcode.QUERY && query.questionEnd > 0;
  const end = hasQuestion ? echoQuestion(query, output) : HEADER_BYTES;
  writeHead(query, output, rcode & 0xf, 0, 0, 0);
  return addOpt(query, output, end, rcode >>> 4, error);
}

/**
 * Takes everything but question and OPT record from a reply and sets TC, so that the client asks
 * again over TCP. AA, RA and the rcode stay.
 */
export function truncate(query: Query, output: Buffer): number {
  const kept = readUint16(output, 2) & (Flag.AA | Flag.RA | 0xf);
  writeHead(query, output, kept | Flag.TC, 0, 0, 0);
  return addOpt(query, output, query.questionEnd);
}

/**
 * Adds an explanation to a reply that has none, where there is room for it (RFC 8914 section 3);
 * returns the new length.
 */
export function explain(
  query: Query,
  output: Buffer,
  length: number,
  error: ExtendedErrorText,
): number {
  if (!query.edns) return length;
  const start = length - plainOptLength(query);
  // One that is there already, as in a refusal, stands behind no plain OPT record.
  const isPlain = output[start] === 0 && readUint16(output, start + 1) === Type.OPT;
  const more = optLength(error, undefined) - OPT_BYTES;
  if (!isPlain || length + more > query.replyLimit) return length;
  return addOpt(query, output, start, output[start + 5], error);
}

/** The name asked for, in the client's letters. */
export function questionName({ input, offset, questionEnd }: Query): string {
  return input.toString('latin1', offset + HEADER_BYTES, offset + questionEnd - 5);
}

const NONE = { count: 0, isWhole: true };

function writeSection(
  writer: MessageWriter,
  records: readonly ResourceRecord[],
  end: number,
): { count: number; isWhole: boolean } {
  let kept = writer.offset;
  let count = 0;
  for (const [at, record] of records.entries()) {
    if (!writer.hasRoomFor(record)) break;
    writer.record(record);
    if (writer.offset > end) break;
    const next = records[at + 1];
    if (next === undefined || !areOfOneRrset(record, next)) {
      kept = writer.offset;
      count = at + 1;
    }
  }
  writer.offset = kept;
  return { count, isWhole: count === records.length };
}

/**
 * Writes the header, with the OPT record among its counts when the query had one. ID, opcode and CD
 * are the query's, RD too ("this bit is copied into the response", RFC 1035 section 4.1.1), except
 * when the opcode is not known: then the bits may mean something else. Z stays zero, and so does AD
 * in what is ours: nothing here is signed.
 */
export function writeHead(
  query: Query,
  output: Buffer,
  flags: number,
  answers: number,
  authorities: number,
  additionals: number,
): void {
  const isQuery = query.opcode === Opcode.QUERY;
  const copied = isQuery ? query.flags & (Flag.RD | Flag.CD) : 0;
  const questions = isQuery && query.questionEnd > 0 ? 1 : 0;
  writeHeader(output, query.id, Flag.QR | (query.opcode << 11) | copied | flags);
  writeCounts(output, questions, answers, authorities, additionals + (query.edns ? 1 : 0));
}

/** Adds the OPT record, when the query had one; returns the length of the whole reply. */
export function addOpt(
  query: Query,
  output: Buffer,
  end: number,
  extendedRcode = 0,
  error?: ExtendedErrorText,
  options?: readonly EdnsOptionData[],
): number {
  if (!query.edns) return end;
  const opt = writeOpt(output, end, extendedRcode, query.dnssecOk, error, options);
  return addCookies(output, end, opt, query.cookies);
}
