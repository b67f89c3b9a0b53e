import { Type } from './codes.ts';
import type { EdnsOptionData, ExtendedErrorText } from './edns.ts';
import { FormatError, ReadBudget, UNLIMITED } from './format-error.ts';
import { HEADER_BYTES, readUint16 } from './header.ts';
import type { ResourceRecord, WireName } from './record.ts';
import { RecordReader } from './record-reader.ts';

export { FormatError, OverBudgetError } from './format-error.ts';

/** A whole message, read. */
export interface Message {
  readonly id: number;
  /** The flags word; see `Flag`. */
  readonly flags: number;
  readonly opcode: number;
  /** With the upper bits from EDNS. */
  readonly rcode: number;
  /** Undefined when it has none. */
  readonly question: Question | undefined;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record. */
  readonly additional: readonly ResourceRecord[];
  readonly edns: MessageEdns | undefined;
}

interface Question {
  readonly name: WireName;
  readonly type: number;
  readonly qclass: number;
}

/** What the OPT record says (RFC 6891 section 6.1). */
interface MessageEdns {
  /** UDP payload size of the sender, bytes. */
  readonly size: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOptionData[];
}

/**
 * Most memory that one message may become, so that a malicious server never costs megabytes. It is
 * enough for about 650 addresses or 450 SRV records.
 */
const MESSAGE_BUDGET_BYTES = 208 * 1024;

/**
 * The same for a reader that bounds how often it spends it: enough for the 4,095 addresses, or the
 * 3,000 names, that 65,535 bytes have room for. Only a malicious message needs more.
 */
export const LARGE_MESSAGE_BUDGET_BYTES = 8 * 1024 * 1024;

/** Type, class, TTL, length, and an owner of one byte. */
const MIN_RECORD_BYTES = 11;

const OPTION_COST = 150;

/**
 * Reads a whole message: at most one question, at most one OPT record and that in the additional
 * section, nothing after the last record. Reads under 128 Ki bytes and takes under 256 KiB,
 * whatever they say, unless it is given a larger budget.
 *
 * @throws {OverBudgetError} when it holds more than is read.
 * @throws {FormatError} when it is malformed.
 */
export function readMessage(message: Buffer, budgetBytes = MESSAGE_BUDGET_BYTES): Message {
  if (message.length < HEADER_BYTES) throw new FormatError('A message is shorter than its header');
  const questions = readUint16(message, 4);
  const answers = readUint16(message, 6);
  const authorities = readUint16(message, 8);
  const additionals = readUint16(message, 10);
  if (questions > 1) throw new FormatError('A message has more than one question');
  const least = questions * 5 + (answers + authorities + additionals) * MIN_RECORD_BYTES;
  if (HEADER_BYTES + least > message.length) {
    throw new FormatError('A message is shorter than its counts say');
  }
  const budget = new ReadBudget(budgetBytes);
  const reader = new RecordReader(message, budget);
  reader.end = HEADER_BYTES;
  const question = questions === 0 ? undefined : readQuestion(message, reader);
  const answer = readSection(reader, answers);
  const authority = readSection(reader, authorities);
  const additional: ResourceRecord[] = [];
  let opt: ResourceRecord | undefined;
  let size = 0;
  for (let i = 0; i < additionals; i++) {
    const start = reader.end;
    const record = reader.record(start);
    if (record.type !== Type.OPT) {
      additional.push(record);
      continue;
    }
    // RFC 6891 section 6.1.1: one at most; section 6.1.2: "NAME MUST be 0 (root domain)".
    if (opt !== undefined || message[start] !== 0) throw new FormatError('The OPT record is wrong');
    opt = record;
    size = readUint16(message, start + 3);
  }
  if (reader.end !== message.length) throw new FormatError('Bytes follow the last record');
  const flags = readUint16(message, 2);
  return {
    id: readUint16(message, 0),
    flags,
    opcode: (flags >>> 11) & 0xf,
    rcode: (flags & 0xf) | ((opt === undefined ? 0 : opt.ttl >>> 24) << 4),
    question,
    answer,
    authority,
    additional,
    edns: opt === undefined ? undefined : ednsOf(opt, size, budget),
  };
}

/**
 * Reads `count` records from `message`, starting at `start`. For our own bytes, or to show a
 * message to a person: only the message bounds the cost.
 *
 * @throws {FormatError} when the bytes are not that many records.
 */
export function readRecords(
  message: Buffer,
  start: number,
  count: number,
): { records: ResourceRecord[]; end: number } {
  const reader = new RecordReader(message, UNLIMITED);
  reader.end = start;
  const records = readMany(reader, count);
  return { records, end: reader.end };
}

/** The same for the sections of a message that has so many records in each. */
export function readSections(
  message: Buffer,
  start: number,
  counts: readonly [answers: number, authorities: number, additionals: number],
): readonly [answer: ResourceRecord[], authority: ResourceRecord[], additional: ResourceRecord[]] {
  const reader = new RecordReader(message, UNLIMITED);
  reader.end = start;
  const [answers, authorities, additionals] = counts;
  const answer = readMany(reader, answers);
  const authority = readMany(reader, authorities);
  return [answer, authority, readMany(reader, additionals)];
}

function readMany(reader: RecordReader, count: number): ResourceRecord[] {
  const records = roomFor(count);
  for (let i = 0; i < count; i++) records[i] = reader.record(reader.end);
  return records;
}

/** With the first element of a list V8 makes room for 17, and most sections have one, or none. */
function roomFor(count: number): ResourceRecord[] {
  return count > 16 ? [] : new Array<ResourceRecord>(count);
}

function readQuestion(message: Buffer, reader: RecordReader): Question {
  const name = reader.name(reader.end);
  const at = reader.end;
  if (at + 4 > message.length) throw new FormatError('A question runs past the end of the message');
  reader.end = at + 4;
  return { name, type: readUint16(message, at), qclass: readUint16(message, at + 2) };
}

function readSection(reader: RecordReader, count: number): ResourceRecord[] {
  const records = roomFor(count);
  for (let i = 0; i < count; i++) {
    const record = reader.record(reader.end);
    if (record.type === Type.OPT) {
      throw new FormatError('An OPT record is outside the additional section');
    }
    records[i] = record;
  }
  return records;
}

function ednsOf(opt: ResourceRecord, size: number, budget: ReadBudget): MessageEdns {
  const bytes = opt.data.kind === 'raw' ? opt.data.bytes : new Uint8Array();
  const options: { code: number; data: Uint8Array }[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + readUint16(bytes, at + 2);
    if (end > bytes.length) break;
    budget.spend(OPTION_COST);
    options.push({ code: readUint16(bytes, at), data: bytes.subarray(at + 4, end) });
    at = end;
  }
  if (at !== bytes.length) throw new FormatError('An EDNS option runs past its record');
  return {
    size,
    version: (opt.ttl >>> 16) & 0xff,
    dnssecOk: (opt.ttl & 0x8000) !== 0,
    options,
  };
}

/** What is said to a question, in records. What is left out is false, or none. */
export interface ReplyContent {
  /** Up to 15, or with EDNS 4,095. */
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly recursionAvailable?: boolean;
  readonly authenticData?: boolean;
  /** Cut short by whoever made it: the client must ask again over TCP. */
  readonly truncated?: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  /** Options for our OPT record; sent only when the query had one. */
  readonly options?: readonly EdnsOptionData[];
  readonly error?: ExtendedErrorText | undefined;
}
