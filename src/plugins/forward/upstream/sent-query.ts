import { Opcode } from '../../../dns/codes.ts';
import { Flag, HEADER_BYTES, readUint16 } from '../../../dns/header.ts';
import {
  FormatError,
  LARGE_MESSAGE_BUDGET_BYTES,
  type Message,
  OverBudgetError,
  readMessage,
} from '../../../dns/message.ts';
import { keyOfWire } from '../../../dns/name.ts';
import { encodeQuery, questionEndOf } from '../../../dns/query-writer.ts';
import type { WireName } from '../../../dns/record.ts';
import { mixedCase } from '../exchange/spelling.ts';
import type { Asked } from './query.ts';

/** A query as it went out. */
export interface Outgoing {
  readonly bytes: Buffer;
  readonly id: number;
  /** In the letters drawn for it. */
  readonly name: WireName;
  readonly questionEnd: number;
  /** The letters were drawn at random: a reply over UDP must repeat them. */
  readonly isMixed: boolean;
  readonly hasEdns: boolean;
}

/** Why a message is no reply to ours; labels of a metric. */
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

/** Codes over this one mean nothing in the reply to a query of ours. */
const MAX_RCODE = 10;

/** A query of a fresh, unguessable ID. */
export function outgoing(
  asked: Asked,
  random: (bytes: number) => Uint8Array,
  how: { readonly mixCase: boolean; readonly edns: boolean },
): Outgoing {
  const id = readUint16(random(2), 0);
  const name = how.mixCase ? mixedCase(asked.name, random) : asked.key;
  const bytes = encodeQuery({
    id,
    name,
    type: asked.type,
    klass: asked.klass,
    recursionDesired: asked.recursionDesired,
    checkingDisabled: asked.checkingDisabled,
    // Always asked for, so that clients that want it and clients that don't can share one query.
    authenticData: true,
    edns: how.edns ? { dnssecOk: asked.dnssecOk, options: asked.options } : undefined,
  });
  const questionEnd = questionEndOf({ name });
  return { bytes, id, name, questionEnd, isMixed: how.mixCase, hasEdns: how.edns };
}

/**
 * Is this the reply to our query? RFC 5452 section 9.1: ID and question must match; address and
 * port do, as the socket is connected. The question comes first in cost: what does not repeat it is
 * not read further.
 *
 * On a stream its connection has matched the ID, letters need not be repeated, and a server that
 * could not read the query may leave the question out. Only there a reply may be long, as far as
 * `mayRead` lets it: a datagram was asked to be short.
 */
export function judge(
  bytes: Buffer,
  sent: Outgoing,
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
  const message = isStream ? readAny(bytes, mayRead) : readWith(undefined, bytes);
  if (typeof message === 'string') return { kind: message };
  return message.rcode > MAX_RCODE ? { kind: 'header' } : { kind: 'reply', message, keptCase };
}

function readAny(bytes: Buffer, mayRead: (bytes: number) => boolean): Message | Mismatch {
  const message = readWith(undefined, bytes);
  if (message !== 'large' || !mayRead(bytes.length)) return message;
  return readWith(LARGE_MESSAGE_BUDGET_BYTES, bytes);
}

function readWith(budgetBytes: number | undefined, bytes: Buffer): Message | 'malformed' | 'large' {
  try {
    return readMessage(bytes, budgetBytes);
  } catch (error) {
    if (error instanceof OverBudgetError) return 'large';
    if (error instanceof FormatError) return 'malformed';
    throw error;
  }
}

function sameQuestion(bytes: Buffer, { bytes: asked, questionEnd }: Outgoing): boolean {
  if (bytes.length < questionEnd) return false;
  // Faster than Buffer.compare() for so few bytes.
  for (let at = HEADER_BYTES; at < questionEnd; at++) if (bytes[at] !== asked[at]) return false;
  return true;
}

function sameFoldedQuestion(bytes: Buffer, { bytes: asked, questionEnd }: Outgoing): boolean {
  if (bytes.length < questionEnd) return false;
  const nameEnd = questionEnd - 4;
  const folded = (message: Buffer) => keyOfWire(message.toString('latin1', HEADER_BYTES, nameEnd));
  if (folded(bytes) !== folded(asked)) return false;
  return bytes.compare(asked, nameEnd, questionEnd, nameEnd, questionEnd) === 0;
}
