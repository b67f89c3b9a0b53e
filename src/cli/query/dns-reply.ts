import dnsPacket, { type DecodedPacket, type OptAnswer } from 'dns-packet';
import { EdnsOption, Type } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import { FormatError } from '../../dns/message.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { recordText } from '../../dns/text.ts';
import { replySections } from './reply-sections.ts';

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
  readonly errors: readonly ExtendedErrorText[];
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
  // Our own reader first: it is strict about lengths, and shows names byte for byte.
  const sections = replySections(bytes, questionEnd);
  const [answer, authority, additional] = sections.map(recordLines) as [
    RecordLine[],
    RecordLine[],
    RecordLine[],
  ];
  const opt = optRecord(decoded(bytes));
  const flags = bytes.readUInt16BE(2);
  return {
    id: bytes.readUInt16BE(0),
    rcode: ((opt?.extendedRcode ?? 0) << 4) | (flags & 0xf),
    flags: FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    questions: bytes.readUInt16BE(4),
    answer,
    authority,
    additional,
    edns: opt && ednsFacts(opt),
  };
}

function decoded(bytes: Buffer): DecodedPacket {
  try {
    return dnsPacket.decode(bytes);
  } catch (error) {
    throw new FormatError(`A record cannot be read: ${(error as Error).message}`);
  }
}

function optRecord({ answers, authorities, additionals }: DecodedPacket): OptAnswer | undefined {
  const all = [answers, authorities, additionals].flatMap((records) => records ?? []);
  return all.find((record) => record.type === 'OPT');
}

function recordLines(records: readonly ResourceRecord[]): RecordLine[] {
  return records
    .filter(({ type }) => type !== Type.OPT)
    .map((record) => {
      const text = recordText(record);
      // NAME TTL CLASS TYPE DATA: a blank inside a name is written \032.
      return { text, data: text.split(' ').slice(4).join(' ') };
    });
}

function ednsFacts({ ednsVersion, udpPayloadSize, options }: OptAnswer): EdnsFacts {
  const errors = options.flatMap(({ code, data }: { code: number; data?: unknown }) => {
    if (code !== EdnsOption.EDE || !Buffer.isBuffer(data) || data.length < 2) return [];
    return [{ code: data.readUInt16BE(0), text: data.toString('utf8', 2) }];
  });
  return { version: ednsVersion, udpBytes: udpPayloadSize, errors };
}
