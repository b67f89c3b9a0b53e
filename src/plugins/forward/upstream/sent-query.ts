import { Opcode } from '../../../dns/codes.ts';
import { Flag, HEADER_BYTES, readUint16 } from '../../../dns/header.ts';
import {
  FormatError,
  LARGE_MESSAGE_BUDGET_BYTES,
  type Message,
  OverBudgetError,
  readMessage,
} from '../../../dns/message.ts';
import { keyOfWire, MAX_NAME_BYTES } from '../../../dns/name.ts';
import { encodeQuery, questionEndOf } from '../../../dns/query-writer.ts';
import type { WireName } from '../../../dns/record.ts';
import type { Query } from './query.ts';

/** A query as it went out. */
export interface SentQuery {
  readonly bytes: Buffer;
  readonly id: number;
  /** In the case that was sent. */
  readonly name: WireName;
  readonly questionEnd: number;
  /** The case is random (0x20): a reply over UDP must repeat it. */
  readonly isMixed: boolean;
  readonly hasEdns: boolean;
}

/** Why a message is no reply to our query; labels of a metric. */
export type Mismatch =
  | 'source'
  | 'short'
  | 'id'
  | 'header'
  | 'question'
  | 'case'
  | 'malformed'
  | 'large'
  | 'unasked';

export type Verdict =
  | { readonly kind: 'reply'; readonly message: Message; readonly keptCase: boolean }
  | { readonly kind: Mismatch };

/** Codes above this one mean nothing in a reply to our queries. */
const MAX_RCODE = 10;

export interface EncodeOptions {
  /** The name goes out in random letters. */
  readonly mixCase: boolean;
  readonly edns: boolean;
}

/** Encodes a query with a fresh, unguessable ID. */
export function encode(
  query: Query,
  random: (bytes: number) => Uint8Array,
  how: EncodeOptions,
): SentQuery {
  const id = readUint16(random(2), 0);
  const name = how.mixCase ? mixedCase(query.name, random) : query.key;
  const bytes = encodeQuery({
    id,
    name,
    type: query.type,
    qclass: query.qclass,
    recursionDesired: query.recursionDesired,
    checkingDisabled: query.checkingDisabled,
    // Always set, so that clients that want AD and clients that do not can share one query.
    authenticData: true,
    edns: how.edns ? { dnssecOk: query.dnssecOk, options: query.options } : undefined,
  });
  const questionEnd = questionEndOf({ name });
  return { bytes, id, name, questionEnd, isMixed: how.mixCase, hasEdns: how.edns };
}

/** The name with the case of each letter random: 0x20, about 10 bits more for a forger to guess. */
function mixedCase(name: WireName, random: (bytes: number) => Uint8Array): WireName {
  const bits = random(Math.ceil(name.length / 8));
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    const lower = code | 0x20;
    const isLetter = code > 0x3f && lower >= 0x61 && lower <= 0x7a;
    const flip = (bits[at >> 3]! >> (at & 7)) & 1;
    scratch[at] = isLetter ? (flip === 1 ? lower & ~0x20 : lower) : code;
  }
  return scratch.toString('latin1', 0, name.length);
}

const scratch = Buffer.allocUnsafeSlow(MAX_NAME_BYTES);

/**
 * Whether a message is the reply to our query. RFC 5452 section 9.1: ID and question must match;
 * address and port do, as the socket is connected. The cheapest checks come first: a message that
 * does not repeat the question is read no further.
 *
 * On a stream, the connection has matched the ID, the case need not be repeated, and a server that
 * could not read the query may leave the question out. Only there may a reply be long, as far as
 * `mayRead` allows it: over UDP a short one was asked for.
 */
export function judge(
  bytes: Buffer,
  sent: SentQuery,
  isStream: boolean,
  mayRead: (bytes: number) => boolean,
): Verdict {
  if (bytes.length < HEADER_BYTES) return { kind: 'short' };
  if (!isStream && readUint16(bytes, 0) !== sent.id) return { kind: 'id' };
  const flags = readUint16(bytes, 2);
  if ((flags & Flag.QR) === 0 || ((flags >>> 11) & 0xf) !== Opcode.QUERY) return { kind: 'header' };
  const questions = readUint16(bytes, 4);
  const isUnread = isStream && questions === 0 && (flags & 0xf) !== 0;
  const keptCase = isUnread || sameQuestion(bytes, sent);
  if (!isUnread) {
    if (questions !== 1) return { kind: 'question' };
    if (!keptCase && !sameFoldedQuestion(bytes, sent)) return { kind: 'question' };
    if (!keptCase && sent.isMixed && !isStream) return { kind: 'case' };
  }
  let message = read(bytes, undefined);
  if (message === 'large' && isStream && mayRead(bytes.length)) {
    message = read(bytes, LARGE_MESSAGE_BUDGET_BYTES);
  }
  if (typeof message === 'string') return { kind: message };
  return message.rcode > MAX_RCODE ? { kind: 'header' } : { kind: 'reply', message, keptCase };
}

function read(bytes: Buffer, budgetBytes: number | undefined): Message | 'malformed' | 'large' {
  try {
    return readMessage(bytes, budgetBytes);
  } catch (error) {
    if (error instanceof OverBudgetError) return 'large';
    if (error instanceof FormatError) return 'malformed';
    throw error;
  }
}

function sameQuestion(bytes: Buffer, { bytes: query, questionEnd }: SentQuery): boolean {
  return bytes.length >= questionEnd && repeatsQuestion(bytes, query, questionEnd);
}

/** Whether a message of at least so many bytes has the query's question, letters included. */
export function repeatsQuestion(bytes: Buffer, query: Buffer, questionEnd: number): boolean {
  // Faster than Buffer.compare() for so few bytes.
  for (let at = HEADER_BYTES; at < questionEnd; at++) if (bytes[at] !== query[at]) return false;
  return true;
}

function sameFoldedQuestion(bytes: Buffer, { bytes: query, questionEnd }: SentQuery): boolean {
  if (bytes.length < questionEnd) return false;
  const nameEnd = questionEnd - 4;
  const folded = (message: Buffer) => keyOfWire(message.toString('latin1', HEADER_BYTES, nameEnd));
  if (folded(bytes) !== folded(query)) return false;
  return bytes.compare(query, nameEnd, questionEnd, nameEnd, questionEnd) === 0;
}
