import { Class, EdnsOption, Opcode, Rcode, Type } from './codes.ts';
import { Flag, HEADER_BYTES, readUint16 } from './header.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES, type NameKey, ROOT } from './name.ts';
import type { Query } from './query.ts';

/**
 * Largest query read; a longer one is FORMERR. A question with every EDNS option in use is far
 * smaller.
 */
export const MAX_QUERY_BYTES = 4096;

/** What is to be done with a message, by its header, its question and its OPT record. */
export const Verdict = {
  /** No reply at all: too short to carry an ID, or itself a response. */
  IGNORE: 0,
  /** A question of class IN, to be answered. */
  ANSWER: 1,
  /** A question of another class: REFUSED, unless a server block takes such. */
  OTHER_CLASS: 2,
  /** FORMERR. */
  MALFORMED: 3,
  /** Another opcode than QUERY: NOTIMP. */
  NOT_IMPLEMENTED: 4,
  /**
   * RFC 6891 section 6.1.3: "If a responder does not implement the VERSION level of the request,
   * then it MUST respond with RCODE=BADVERS."
   */
  BAD_VERSION: 5,
  /**
   * No question and nothing else that is wrong: a client that wants a cookie (RFC 7873 section
   * 5.4). FORMERR from a server that gives none.
   */
  COOKIE_ONLY: 6,
  /** The same, and it gets its cookie: NOERROR. */
  COOKIE_GIVEN: 7,
  /** The same, and the server cookie that it has is not one of ours: BADCOOKIE. */
  BAD_COOKIE: 8,
} as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** The rcode of a reply to a message that is turned away. */
export function refusalRcode(verdict: Exclude<Verdict, typeof Verdict.IGNORE>): number {
  switch (verdict) {
    case Verdict.ANSWER:
    case Verdict.COOKIE_GIVEN:
      return Rcode.NOERROR;
    case Verdict.OTHER_CLASS:
      return Rcode.REFUSED;
    case Verdict.MALFORMED:
    case Verdict.COOKIE_ONLY:
      return Rcode.FORMERR;
    case Verdict.NOT_IMPLEMENTED:
      return Rcode.NOTIMP;
    case Verdict.BAD_VERSION:
      return Rcode.BADVERS;
    case Verdict.BAD_COOKIE:
      return Rcode.BADCOOKIE;
  }
}

/** Questions and records that a message turned away may have before we stop looking for its OPT. */
const MAX_WALKED = 8;

const folded = Buffer.alloc(MAX_NAME_BYTES);

/**
 * Judges the message of `query` by its header, then reads its one question and its OPT record into
 * the same object. The only judge for every transport.
 *
 * Reads at most one question and four records, follows no compression pointer and allocates only
 * the key, so its cost is bounded by the length of one name whatever the bytes.
 */
export function readQuery(query: Query): Verdict {
  const { input, offset, length } = query;
  if (length < HEADER_BYTES) return Verdict.IGNORE;
  query.flags = readUint16(input, offset + 2);
  // "QR: a one bit field that specifies whether this message is a query (0), or a response (1)":
  // answering a response could make two servers talk to each other for ever (CVE-2024-2169).
  if ((query.flags & Flag.QR) !== 0) return Verdict.IGNORE;
  query.id = readUint16(input, offset);
  query.opcode = (query.flags >>> 11) & 0xf;
  query.questionEnd = 0;
  query.type = 0;
  query.qclass = 0;
  query.edns = false;
  query.key = ROOT;
  query.cookieAt = 0;
  query.cookies = undefined;
  query.isVerified = false;

  if (query.opcode !== Opcode.QUERY) {
    findOpt(query);
    return Verdict.NOT_IMPLEMENTED;
  }
  // RFC 9619 section 4: "A DNS message with OPCODE = 0 and QDCOUNT > 1 MUST be treated as an
  // incorrectly formatted message". The other counts leave room for an IXFR's SOA, an OPT and a
  // TSIG.
  const questions = readUint16(input, offset + 4);
  const answers = readUint16(input, offset + 6);
  const authorities = readUint16(input, offset + 8);
  const tooMany = answers > 1 || authorities > 1 || readUint16(input, offset + 10) > 2;
  if (questions !== 1 || tooMany || length > MAX_QUERY_BYTES) {
    const isWhole = findOpt(query);
    const wantsCookie = questions === 0 && query.cookieAt > 0 && query.ednsVersion === 0;
    const isCookieOnly = wantsCookie && isWhole && !tooMany && length <= MAX_QUERY_BYTES;
    return isCookieOnly ? Verdict.COOKIE_ONLY : Verdict.MALFORMED;
  }
  const isWellFormed =
    readQuestion(query) && readRecords(query, offset + query.questionEnd, answers + authorities);
  if (!isWellFormed) return Verdict.MALFORMED;
  if (query.edns && query.ednsVersion > 0) return Verdict.BAD_VERSION;
  return query.qclass === Class.IN ? Verdict.ANSWER : Verdict.OTHER_CLASS;
}

/** Reads name, type and class; false when they are malformed. */
function readQuestion(query: Query): boolean {
  const { input, offset } = query;
  const messageEnd = offset + query.length;
  const start = offset + HEADER_BYTES;
  let at = start;
  let sum = 0;
  let hasUpperCase = false;
  for (;;) {
    if (at >= messageEnd) return false;
    const labelLength = input[at]!;
    if (labelLength === 0) break;
    // A pointer here could only lead into the header, so anything but a plain label is malformed.
    if (labelLength > MAX_LABEL_BYTES) return false;
    const end = at + 1 + labelLength;
    if (end >= messageEnd || end - start + 1 > MAX_NAME_BYTES) return false;
    sum += labelLength;
    for (at++; at < end; at++) {
      const byte = input[at]!;
      if (byte >= 0x41 && byte <= 0x5a) {
        hasUpperCase = true;
        sum += byte + 0x20;
      } else {
        sum += byte;
      }
    }
  }
  const nameEnd = at;
  if (nameEnd + 5 > messageEnd) return false;
  query.sum = sum;
  query.hasUpperCase = hasUpperCase;
  query.key = (
    hasUpperCase ? foldedKey(input, start, nameEnd) : input.toString('latin1', start, nameEnd)
  ) as NameKey;
  query.type = readUint16(input, nameEnd + 1);
  query.qclass = readUint16(input, nameEnd + 3);
  query.questionEnd = nameEnd + 5 - offset;
  return true;
}

/** RFC 4343: only A to Z fold. Length bytes are at most 63, so they are never taken for letters. */
function foldedKey(input: Buffer, start: number, end: number): string {
  const length = end - start;
  for (let i = 0; i < length; i++) {
    const byte = input[start + i]!;
    folded[i] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  }
  return folded.toString('latin1', 0, length);
}

/**
 * Walks `skipped` records, then the additional section, reading the OPT record there. "The OPT RR
 * MAY be placed anywhere within the additional data section" (RFC 6891 section 6.1.1). False when
 * one of them is malformed.
 */
function readRecords(query: Query, start: number, skipped: number): boolean {
  const { input, offset } = query;
  const messageEnd = offset + query.length;
  let at = start;
  const records = skipped + readUint16(input, offset + 10);
  for (let i = 0; i < records; i++) {
    const ownerEnd = skipName(input, messageEnd, at);
    if (ownerEnd === 0 || ownerEnd + 10 > messageEnd) return false;
    const dataStart = ownerEnd + 10;
    const end = dataStart + readUint16(input, ownerEnd + 8);
    if (end > messageEnd) return false;
    if (i >= skipped && readUint16(input, ownerEnd) === Type.OPT) {
      // RFC 6891 section 6.1.1: "If a query message with more than one OPT RR is received, a
      // FORMERR MUST be returned", and section 6.1.2: "NAME MUST be 0 (root domain)".
      if (query.edns || input[at] !== 0) return false;
      readOpt(query, ownerEnd);
      if (!walkOptions(query, dataStart, end)) return false;
      query.optionsStart = dataStart - offset;
      query.optionsEnd = end - offset;
    }
    at = end;
  }
  return true;
}

function readOpt(query: Query, at: number): void {
  const { input } = query;
  query.edns = true;
  query.ednsSize = readUint16(input, at + 2);
  query.ednsVersion = input[at + 5]!;
  query.dnssecOk = (input[at + 6]! & 0x80) !== 0;
}

/**
 * Whether the options fill the record. Of several COOKIE options the first counts (RFC 7873
 * section 5.2).
 */
function walkOptions(query: Query, start: number, end: number): boolean {
  const { input, offset } = query;
  let at = start;
  while (at + 4 <= end) {
    const length = readUint16(input, at + 2);
    if (readUint16(input, at) === EdnsOption.COOKIE && query.cookieAt === 0) {
      query.cookieAt = at + 4 - offset;
      query.cookieLength = length;
    }
    at += 4 + length;
  }
  return at === end;
}

/** The offset after a name, or 0. Pointers are passed over, never followed. */
function skipName(input: Uint8Array, messageEnd: number, start: number): number {
  let at = start;
  while (at < messageEnd) {
    const labelLength = input[at]!;
    if (labelLength === 0) return at + 1;
    if (labelLength >= 0xc0) return at + 2;
    if (labelLength > MAX_LABEL_BYTES || at - start > MAX_NAME_BYTES) return 0;
    at += 1 + labelLength;
  }
  return 0;
}

/**
 * Looks for the OPT record of a message that is turned away, so that the refusal can carry one too.
 * Whether all records could be read.
 */
function findOpt(query: Query): boolean {
  const { input, offset } = query;
  const messageEnd = offset + query.length;
  const questions = readUint16(input, offset + 4);
  const skipped = readUint16(input, offset + 6) + readUint16(input, offset + 8);
  if (questions + skipped + readUint16(input, offset + 10) > MAX_WALKED) return false;
  let at = offset + HEADER_BYTES;
  for (let i = 0; i < questions; i++) {
    const nameEnd = skipName(input, messageEnd, at);
    if (nameEnd === 0 || nameEnd + 4 > messageEnd) return false;
    at = nameEnd + 4;
  }
  return readRecords(query, at, skipped);
}
