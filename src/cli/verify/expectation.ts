import { quoted } from '../../corefile/problems.ts';
import { Rcode, rcodeName, Type, typeName } from '../../dns/codes.ts';
import { keyOfWire, NameError, wireFromText } from '../../dns/name.ts';
import type { RecordData, ResourceRecord } from '../../dns/record.ts';
import { parseRecordText } from '../../dns/rr-text.ts';
import { recordText } from '../../dns/text.ts';
import type { Origin } from '../../kube/objects.ts';

/** What a question is expected to be answered with, and where that is written. */
export interface Expectation {
  readonly origin: Origin;
  /** In presentation form; absolute with a final dot, or where nothing is searched. */
  readonly name: string;
  readonly type: number;
  /** The domains that are tried after the name, as in resolv.conf; empty for none. */
  readonly search: readonly string[];
  /** `NOERROR`, `NXDOMAIN` …; undefined: it follows from the answers. */
  readonly rcode: string;
  /** As `answerText` has them, in any order; empty for none, undefined for whatever there is. */
  readonly answers: readonly string[] | undefined;
  /** Of all of them, seconds; undefined for any. */
  readonly ttl: number | undefined;
}

/** A text that cannot be an answer, or a word that says nothing. */
export class ExpectationError extends SyntaxError {
  override readonly name = 'ExpectationError';
}

/** The rcodes that a file may name. */
export const RCODES: readonly string[] = Object.keys(Rcode);

/**
 * The data of a record as it is compared, names in lower case (RFC 4343); with its type before it
 * where that is not the type that was asked for, as of a CNAME: `CNAME db.example.com.`.
 */
export function answerText(record: ResourceRecord, asked: number): string {
  const text = recordText({ ...record, owner: '', data: folded(record.data) });
  // NAME TTL CLASS TYPE DATA, where the name is the root's dot.
  const data = text.split(' ').slice(4).join(' ');
  return record.type === asked ? data : `${typeName(record.type)} ${data}`;
}

/**
 * The same of a text that was written by hand: `10.96.0.10`, or `CNAME db.example.com.`.
 *
 * @throws {ExpectationError}
 */
export function writtenAnswer(text: string, asked: number): string {
  const alias = /^CNAME\s+/i.exec(text)?.[0];
  const type = alias === undefined ? asked : Type.CNAME;
  const data = alias === undefined ? text : text.slice(alias.length);
  const read = parseRecordText(`. 0 IN ${typeName(type)} ${data}`);
  if (read.record === undefined) {
    throw new ExpectationError(
      `Cannot read the answer ${quoted(text)} as data of type ${typeName(type)}: ${read.fault}`,
    );
  }
  return answerText(read.record, asked);
}

/**
 * A name that can be asked for, as it was written.
 *
 * @throws {ExpectationError}
 */
export function writtenName(text: string): string {
  try {
    wireFromText(text);
    return text;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ExpectationError(`Cannot use the name ${quoted(text)}: ${error.message}`);
  }
}

/** Letters of names never matter, and a server may have copied those of the question. */
function folded(data: RecordData): RecordData {
  switch (data.kind) {
    case 'name':
      return { ...data, name: keyOfWire(data.name) };
    case 'service':
      return { ...data, target: keyOfWire(data.target) };
    case 'exchange':
      return { ...data, exchange: keyOfWire(data.exchange) };
    case 'start': {
      const { mname, rname } = data.start;
      return {
        ...data,
        start: { ...data.start, mname: keyOfWire(mname), rname: keyOfWire(rname) },
      };
    }
    default:
      return data;
  }
}

/** What a question is called in reports: `web A`, `web.shop.svc.cluster.local. SRV`. */
export function questionText({ name, type }: Pick<Expectation, 'name' | 'type'>): string {
  return `${name} ${typeName(type)}`;
}

/** What is expected, or what came: `NXDOMAIN`, `NODATA`, `10.96.0.10, 10.96.0.11`. */
export function outcomeText(
  rcode: string,
  answers: readonly string[] | undefined,
  ttl: number | undefined,
): string {
  if (rcode !== NOERROR && (answers ?? []).length === 0) return rcode;
  const code = rcode === NOERROR ? '' : `${rcode} `;
  if (answers === undefined) return rcode;
  if (answers.length === 0) return 'NODATA';
  const seconds = ttl === undefined ? '' : ` (TTL ${ttl})`;
  return `${code}${answers.join(', ')}${seconds}`;
}

export const NOERROR = rcodeName(Rcode.NOERROR);
