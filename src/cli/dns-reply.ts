import dnsPacket, { type Answer } from 'dns-packet';
import { EdnsOption, Type } from '../dns/codes.ts';
import { FormatError, readRecords } from '../dns/message.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { recordText } from '../dns/text.ts';

/** A reply, read for printing. */
export interface ReadReply {
  readonly id: number;
  /** With the upper bits from EDNS. */
  readonly rcode: number;
  /** As dig names them: `qr`, `aa` … */
  readonly flags: readonly string[];
  readonly questions: number;
  readonly answer: readonly RecordLine[];
  readonly authority: readonly RecordLine[];
  /** Without the OPT record. */
  readonly additional: readonly RecordLine[];
  readonly edns: EdnsFacts | undefined;
}

/** A record as a line of a zone file, and its data alone. */
export interface RecordLine {
  readonly text: string;
  readonly data: string;
}

interface EdnsFacts {
  readonly version: number;
  readonly udpBytes: number;
  /** RFC 8914: why the answer is as it is. */
  readonly errors: readonly { readonly code: number; readonly text: string }[];
}

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x8000, 'qr'],
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
];

/**
 * Reads a reply. `questionEnd` is where its question ends, if it has one.
 *
 * @throws {FormatError} when the bytes are no DNS message.
 */
export function readReply(bytes: Buffer, questionEnd: number): ReadReply {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    bytes.readUInt16BE(at),
  ) as [number, number, number, number];
  const start = questions === 0 ? 12 : questionEnd;
  // Our own reader first: it is strict about lengths, and shows names byte for byte. dns-packet is
  // neither, but knows the data of types that svcdns never writes.
  const { records } = readRecords(bytes, start, answers + authorities + additionals);
  const decoded = decodedRecords(bytes);
  const lines = records.map((record, at) => ({
    record,
    line: recordLine(record, decoded[at]),
  }));
  const section = (from: number, count: number) =>
    lines
      .slice(from, from + count)
      .filter(({ record }) => record.type !== Type.OPT)
      .map(({ line }) => line);
  const opt = records.findIndex((record) => record.type === Type.OPT);
  const optRecord = records[opt];
  const flags = bytes.readUInt16BE(2);
  const upper = optRecord === undefined ? 0 : optRecord.ttl >>> 24;
  return {
    id: bytes.readUInt16BE(0),
    rcode: (upper << 4) | (flags & 0xf),
    flags: FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    questions,
    answer: section(0, answers),
    authority: section(answers, authorities),
    additional: section(answers + authorities, additionals),
    edns: optRecord === undefined ? undefined : ednsFacts(optRecord, decoded[opt]),
  };
}

function decodedRecords(bytes: Buffer): readonly Answer[] {
  try {
    const { answers = [], authorities = [], additionals = [] } = dnsPacket.decode(bytes);
    return [...answers, ...authorities, ...additionals];
  } catch (error) {
    throw new FormatError(`A record cannot be read: ${(error as Error).message}`);
  }
}

function recordLine(record: ResourceRecord, decoded: Answer | undefined): RecordLine {
  const text = recordText(record);
  const [owner, ttl, klass, type, ...rest] = text.split(' ');
  const known = record.data.kind === 'raw' ? compressedData(decoded) : undefined;
  const data = known ?? rest.join(' ');
  return { text: [owner, ttl, klass, type, data].join(' '), data };
}

/**
 * The data of the types whose names may be compressed (RFC 3597 section 4), which cannot be printed
 * without the whole message.
 */
function compressedData(decoded: Answer | undefined): string | undefined {
  switch (decoded?.type) {
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = decoded.data;
      const numbers = [serial, refresh, retry, expire, minimum].join(' ');
      return `${nameText(mname)} ${nameText(rname)} ${numbers}`;
    }
    case 'MX':
      return `${decoded.data.preference} ${nameText(decoded.data.exchange)}`;
    case 'DNAME':
      return nameText(decoded.data);
    default:
      return undefined;
  }
}

/**
 * A name of dns-packet's, which leaves the final dot off, with nothing in it that a terminal obeys.
 */
function nameText(name: string): string {
  const visible = name.replace(/[^!-~]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join(''),
  );
  return visible.endsWith('.') ? visible : `${visible}.`;
}

function ednsFacts(record: ResourceRecord, decoded: Answer | undefined): EdnsFacts {
  const isOpt = decoded?.type === 'OPT';
  const options: readonly { code: number; data?: unknown }[] = isOpt ? decoded.options : [];
  const errors = options.flatMap(({ code, data }) => {
    if (code !== EdnsOption.EDE || !Buffer.isBuffer(data) || data.length < 2) return [];
    return [{ code: data.readUInt16BE(0), text: data.toString('utf8', 2) }];
  });
  return {
    version: (record.ttl >>> 16) & 0xff,
    udpBytes: isOpt ? decoded.udpPayloadSize : 0,
    errors,
  };
}
