import { type Answer, decode } from 'dns-packet';
import type { EdnsOption } from './query.ts';
import { readWire, type WireRecord } from './wire.ts';
import { recordText, typeNumber } from './zone-text.ts';

/** A reply in the domain's notation. */
export interface Reply {
  readonly id: number;
  /** `NOERROR` …, extended by EDNS (`BADVERS`); `RCODEn` when it has no name here. */
  readonly rcode: string;
  /** As dig prints them: `qr aa rd`. */
  readonly flags: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  /** Without OPT. */
  readonly additional: readonly string[];
  readonly opt: ReplyOpt | undefined;
  /** The whole message, for tests about exact bytes. */
  readonly bytes: Buffer;
}

interface ReplyOpt {
  readonly udpSize: number;
  readonly version: number;
  readonly do: boolean;
  /** Flag bits other than DO: RFC 6891 wants 0. */
  readonly flags: number;
  readonly options: readonly EdnsOption[];
}

/**
 * Reads the reply to `query`, and holds it to what every reply must be: well-formed to the last
 * byte, with our ID, opcode, RD, CD and question, without AD or Z, with OPT exactly when we sent
 * it, no larger than we can take, and the same to dns-packet as to our own reader.
 *
 * A header-only reply is accepted for FORMERR and NOTIMP, where there may be no question to echo.
 *
 * @throws Error naming what is wrong.
 */
export function readReply(query: Buffer, bytes: Buffer, transport: 'udp' | 'tcp'): Reply {
  const asked = readWire(query);
  const came = readWire(bytes);
  const opts = came.additional.filter(({ type }) => type === 41);
  const opt = opts[0] && readOpt(opts[0]);
  const rcode = rcodeName((((opts[0]?.ttl ?? 0) >>> 24) << 4) | (came.flags & 15));

  expectSame('ID', came.id, asked.id);
  expectSame('QR', came.flags >> 15, 1);
  expectSame('opcode', (came.flags >> 11) & 15, (asked.flags >> 11) & 15);
  expectSame('Z', came.flags & 0x0040, 0);
  expectSame('AD', came.flags & 0x0020, 0);
  expectSame('OPT records', opts.length, askedOpts(asked.additional));
  if (opts[0] !== undefined) expectSame('owner of OPT', opts[0].owner, '.');

  const isHeaderOnly = came.questions.length === 0 && (rcode === 'FORMERR' || rcode === 'NOTIMP');
  if (!isHeaderOnly) {
    expectSame('RD and CD', came.flags & 0x0110, asked.flags & 0x0110);
    expectSame('question', question(bytes, came.questions), question(query, asked.questions));
  }

  const limit = transport === 'tcp' ? 65_535 : udpLimit(asked.additional);
  if (bytes.length > limit)
    throw new Error(`${bytes.length} bytes for a client that takes ${limit}`);

  const packet = decode(bytes);
  return {
    id: came.id,
    rcode,
    flags: flagNames(came.flags),
    answer: sectionText(packet.answers, came.answer),
    authority: sectionText(packet.authorities, came.authority),
    additional: sectionText(packet.additionals, came.additional),
    opt,
    bytes,
  };
}

function expectSame(what: string, actual: string | number, expected: string | number): void {
  if (actual !== expected)
    throw new Error(`Wrong ${what} in reply: ${actual}, expected ${expected}`);
}

function askedOpts(additional: readonly WireRecord[]): number {
  return additional.some(({ type }) => type === 41) ? 1 : 0;
}

/** RFC 6891 section 6.2.3: "Values lower than 512 MUST be treated as equal to 512." */
function udpLimit(additional: readonly WireRecord[]): number {
  return Math.max(512, additional.find(({ type }) => type === 41)?.class ?? 512);
}

/** The question section's bytes, so that an echo with other case or compression is seen. */
function question(bytes: Buffer, questions: readonly { readonly end: number }[]): string {
  return bytes.subarray(12, questions.at(-1)?.end ?? 12).toString('hex');
}

/** dns-packet reads the data; owners come from our reader, which keeps every byte apart. */
function sectionText(records: readonly Answer[] = [], wire: readonly WireRecord[]): string[] {
  expectSame('number of records for dns-packet', records.length, wire.length);
  return records.flatMap((record, index) => {
    const { owner, type, class: code, ttl } = wire[index] as WireRecord;
    if (type === 41) return [];
    expectSame('type for dns-packet', typeNumber(record.type), type);
    expectSame('class of a record', code, 1);
    expectSame('TTL for dns-packet', (record as { ttl?: number }).ttl ?? -1, ttl);
    return [recordText(record, owner)];
  });
}

function readOpt({ class: code, ttl, data }: WireRecord): ReplyOpt {
  const options: EdnsOption[] = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 4 + data.readUInt16BE(at + 2);
    options.push({ code: data.readUInt16BE(at), data: data.subarray(at + 4, end) });
    at = end;
  }
  return {
    udpSize: code,
    version: (ttl >>> 16) & 255,
    do: (ttl & 0x8000) !== 0,
    flags: ttl & 0x7fff,
    options,
  };
}

const FLAGS = [
  ['qr', 0x8000],
  ['aa', 0x0400],
  ['tc', 0x0200],
  ['rd', 0x0100],
  ['ra', 0x0080],
  ['ad', 0x0020],
  ['cd', 0x0010],
] as const;

function flagNames(flags: number): string {
  return FLAGS.filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}

const RCODES = new Map([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [9, 'NOTAUTH'],
  [16, 'BADVERS'],
  [23, 'BADCOOKIE'],
]);

function rcodeName(rcode: number): string {
  return RCODES.get(rcode) ?? `RCODE${rcode}`;
}
