import { isAddressType, Type } from '../dns/codes.ts';
import { HEADER_BYTES, POINTER_TO_QUESTION } from '../dns/header.ts';
import { readRecords } from '../dns/message.ts';
import type { NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { areOfOneRrset } from '../dns/rrset.ts';
import { MessageWriter } from '../dns/writer.ts';
import { added } from '../support/collections.ts';

/**
 * One RRset of a name, encoded as it stands in a message behind the question.
 *
 * The bytes hold pointers to the question (the owner, and the zone at the name's end), which is
 * possible because a name's question always has the same length. They are latin1 text, not a
 * typed array: strings clone fast, live on the ordinary heap and need no backing store each.
 */
export interface PreparedAnswer {
  readonly type: number;
  /** Answer section, then additional section. */
  readonly bytes: string;
  readonly answers: number;
  /** Records were left out, because no message could carry them. */
  readonly isCut: boolean;
  readonly answerBytes: number;
  /**
   * After each RRset of the additional section, where it ends in `bytes` and how many records stand
   * before that: the places where the section may be cut. Empty when there is none.
   */
  readonly additionalEnds: readonly (readonly [end: number, records: number])[];
  /**
   * Where the zone's name is written out inside SRV targets, which must not be compressed: it takes
   * the letters that the query used.
   */
  readonly zoneCopies: readonly number[];
}

/** A name that exists, unpacked. No answers at all: an empty non-terminal (RFC 8020). */
export interface CompiledName {
  readonly key: NameKey;
  /** Index of its zone in `ZoneOptions.zones`. */
  readonly zone: number;
  readonly answers: readonly PreparedAnswer[];
  /** Host names whose addresses are this name's too: to be asked of the upstreams. */
  readonly hosts?: readonly NameKey[];
}

/**
 * The type under which a name keeps the host names to be asked for its addresses: one for private
 * use (RFC 6895 section 3.1), which is never sent. It comes before the name's other answers.
 */
export const HOSTS_TYPE = 65_280;

/**
 * Largest answer prepared. 65,535 bytes are a message's limit over TCP; header, question and OPT
 * need the rest. Records beyond it are left out, as no message could carry them.
 */
const MAX_ANSWER_BYTES = 65_000;

const scratch = Buffer.alloc(HEADER_BYTES + 260 + MAX_ANSWER_BYTES);
const writer = new MessageWriter(scratch, 0);

/**
 * Encodes the RRset `records` of the name `owner` in `zone`, with the records that go into the
 * additional section.
 */
export function prepareAnswer(
  owner: NameKey,
  zone: NameKey,
  records: readonly ResourceRecord[],
  additional: readonly ResourceRecord[] = [],
): PreparedAnswer {
  const questionEnd = answerOffset(owner);
  writer.restart(questionEnd);
  // Besides owners, only the zone is pointed at in the question. What stands left of it shows the
  // query's letters, but in a target it must show the object's.
  writer.know(zone, HEADER_BYTES + owner.length - zone.length);
  let zoneCopies: number[] | undefined;
  let answers = 0;
  for (const record of records) {
    if (!writer.hasRoomFor(record)) break;
    writer.record(record, POINTER_TO_QUESTION);
    answers++;
    // A load balancer outside is in no zone of ours.
    if (record.data.kind === 'service' && record.data.target.endsWith(zone)) {
      zoneCopies = added(zoneCopies, writer.offset - 1 - zone.length - questionEnd);
    }
  }
  const answerBytes = writer.offset - questionEnd;
  let additionalEnds: [number, number][] | undefined;
  let written = 0;
  for (const record of additional) {
    if (!writer.hasRoomFor(record)) break;
    writer.record(record);
    written++;
    const next = additional[written];
    if (next === undefined || !areOfOneRrset(record, next)) {
      additionalEnds = added(additionalEnds, [writer.offset - questionEnd, written]);
    }
  }
  const end = additionalEnds?.at(-1)?.[0] ?? answerBytes;
  return {
    type: records[0]?.type ?? 0,
    bytes: scratch.toString('latin1', questionEnd, questionEnd + end),
    answers,
    isCut: answers < records.length,
    answerBytes,
    additionalEnds: additionalEnds ?? NONE,
    zoneCopies: zoneCopies ?? NONE,
  };
}

const NONE: readonly never[] = [];

/** Host names in the form of an RRset, to stand among a name's answers. */
export function prepareHosts(hosts: readonly NameKey[]): PreparedAnswer {
  const bytes = hosts.map((host) => `${host}\0`).join('');
  return {
    type: HOSTS_TYPE,
    bytes,
    answers: hosts.length,
    isCut: false,
    answerBytes: bytes.length,
    additionalEnds: [],
    zoneCopies: [],
  };
}

/** What `prepareHosts` was given. */
export function hostsIn({ bytes }: PreparedAnswer): NameKey[] {
  const hosts: NameKey[] = [];
  for (let start = 0, at = 0; at < bytes.length; at++) {
    const length = bytes.charCodeAt(at);
    if (length > 0) {
      at += length;
      continue;
    }
    hosts.push(bytes.slice(start, at) as NameKey);
    start = at + 1;
  }
  return hosts;
}

/**
 * Where the answer section begins in a reply about `owner`: header, name, its zero byte, type,
 * class.
 */
function answerOffset(owner: NameKey): number {
  return HEADER_BYTES + owner.length + 1 + 4;
}

/**
 * The records inside a prepared answer of the name `owner`: for answers put together from several
 * names.
 */
export function recordsOf(
  owner: NameKey,
  prepared: PreparedAnswer,
): { answer: ResourceRecord[]; additional: ResourceRecord[] } {
  const start = answerOffset(owner);
  const message = Buffer.alloc(start + prepared.bytes.length);
  message.write(owner, HEADER_BYTES, 'latin1');
  message.write(prepared.bytes, start, 'latin1');
  const { records, end } = readRecords(message, start, prepared.answers);
  const more = prepared.additionalEnds.at(-1)?.[1] ?? 0;
  return { answer: records, additional: readRecords(message, end, more).records };
}

/**
 * An answer without those of its records that another of the same name and type has too, so far as
 * that can be told without reading them.
 */
export function withoutShared(answer: PreparedAnswer, other: PreparedAnswer): PreparedAnswer {
  // Of other types, records may hold pointers to the records before them.
  if (!isAddressType(answer.type) && answer.type !== Type.SRV) return answer;
  const shared = new Set(recordBytes(other));
  const own = recordBytes(answer).filter((bytes) => !shared.has(bytes));
  const bytes = own.join('');
  const rest = { additionalEnds: NONE, zoneCopies: NONE };
  return { ...answer, bytes, answers: own.length, answerBytes: bytes.length, ...rest };
}

/** What stands between a record's owner, a pointer, and its data: type, class, TTL and length. */
const RECORD_HEAD = 2 + 2 + 4 + 2;
const POINTER_BYTES = 2;

/** The records of the answer section, one by one. */
function recordBytes({ bytes, answers }: PreparedAnswer): string[] {
  const found: string[] = [];
  for (let at = 0; found.length < answers; ) {
    const data = at + POINTER_BYTES + RECORD_HEAD;
    const end = data + ((bytes.charCodeAt(data - 2) << 8) | bytes.charCodeAt(data - 1));
    found.push(bytes.slice(at, end));
    at = end;
  }
  return found;
}
