import type { ModelAnswer } from '../model/model.ts';
import { canonicalName } from './zone-text.ts';

/** A question with the reply it must get. */
export interface Ask extends ModelAnswer {
  readonly name: string;
  readonly type: string;
}

/** What turns the short forms of a table into records: the zones served, and their TTL. */
export interface TableZones {
  /** Without the final dot, as in `ZoneOptions`. */
  readonly zones: readonly string[];
  readonly ttl: number;
}

type Tag = (template: TemplateStringsArray, ...values: readonly string[]) => Ask[];

/**
 * A template tag for tables of questions and replies, records in zone-file text. A line is
 *
 *     NAME TYPE RCODE RECORD     the answer; `@` stands for NAME; `-` is none
 *     | RECORD                   one more record of the answer above
 *     + RECORD                   one more in the additional section
 *     ~ ZONE                     the SOA of ZONE in the authority section
 *     / RECORD                   or: another answer that is as right, begun with this record
 *     # TEXT                     a comment
 *
 * `-` under NOERROR and NXDOMAIN implies the SOA of NAME's zone. SOA serials are written `*`.
 */
export function asksIn(context: TableZones): Tag {
  return (template, ...values) => {
    const rows: DraftRow[] = [];
    for (const line of tableLines(template, values)) readLine(line, rows, context);
    return rows.map(({ replies: [first, ...others], ...question }) => ({
      ...question,
      ...(first as ModelAnswer),
      ...(others.length > 0 && { alternatives: others }),
    }));
  };
}

/**
 * A template tag for the result matrix: a header of types, then a name and a verdict for each type.
 * `ND` is NODATA, `NX` is NXDOMAIN, `RF` is REFUSED, `.` means that another table has the records.
 */
export function gridIn(context: TableZones): Tag {
  return (template, ...values) => {
    const [header = '', ...lines] = tableLines(template, values);
    const types = header.split(/\s+/);
    return lines.flatMap((line) => {
      const [name = '', ...cells] = line.split(/\s+/);
      if (cells.length !== types.length) {
        throw new SyntaxError(`${cells.length} cells for ${types.length} types: ${line}`);
      }
      return types.flatMap((type, column) => {
        const verdict = cells[column] ?? '';
        return verdict === '.' ? [] : [{ name, type, ...negative(verdict, name, context) }];
      });
    });
  };
}

interface DraftReply extends ModelAnswer {
  readonly answer: string[];
  readonly authority: string[];
  readonly additional: string[];
}

interface DraftRow {
  readonly name: string;
  readonly type: string;
  readonly replies: DraftReply[];
}

function tableLines(template: TemplateStringsArray, values: readonly string[]): string[] {
  return String.raw(template, ...values)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readLine(line: string, rows: DraftRow[], context: TableZones): void {
  const [mark = '', rest = ''] = split(line);
  const row = rows.at(-1);
  const reply = row?.replies.at(-1);
  const record = (text: string, name = row?.name ?? ''): string => text.replace(/^@(?= )/, name);

  if (row !== undefined && reply !== undefined) {
    if (mark === '|') return void reply.answer.push(record(rest));
    if (mark === '+') return void reply.additional.push(record(rest));
    if (mark === '~') return void reply.authority.push(soaText(rest, context.ttl));
    if (mark === '/') {
      const { rcode } = reply;
      return void row.replies.push({
        rcode,
        answer: [record(rest)],
        authority: [],
        additional: [],
      });
    }
  }

  const [type = '', more = ''] = split(rest);
  const [rcode = '', first = ''] = split(more);
  if (first === '') throw new SyntaxError(`Expected NAME TYPE RCODE RECORD: ${line}`);
  const draft =
    first === '-'
      ? negative(rcode, mark, context)
      : { ...negative(rcode, mark, context), answer: [record(first, mark)], authority: [] };
  rows.push({ name: mark, type, replies: [draft] });
}

/** The first word, and the rest of the line. */
function split(line: string): string[] {
  return /^(\S+)\s*(.*)$/s.exec(line)?.slice(1) ?? [];
}

const RCODES = new Map<string, ModelAnswer['rcode']>([
  ['ND', 'NOERROR'],
  ['NX', 'NXDOMAIN'],
  ['RF', 'REFUSED'],
  ['NOERROR', 'NOERROR'],
  ['NXDOMAIN', 'NXDOMAIN'],
  ['REFUSED', 'REFUSED'],
  ['SERVFAIL', 'SERVFAIL'],
]);

function negative(verdict: string, name: string, context: TableZones): DraftReply {
  const rcode = RCODES.get(verdict);
  if (rcode === undefined) throw new SyntaxError(`Unknown verdict ${verdict} for ${name}`);
  const hasSoa = rcode === 'NOERROR' || rcode === 'NXDOMAIN';
  const authority = hasSoa ? [soaText(zoneOf(name, context.zones), context.ttl)] : [];
  return { rcode, answer: [], authority, additional: [] };
}

function zoneOf(name: string, zones: readonly string[]): string {
  const inside = zones
    .map(canonicalName)
    .filter((zone) => `.${canonicalName(name)}`.endsWith(`.${zone}`))
    .sort((a, b) => b.length - a.length);
  if (inside[0] === undefined) throw new SyntaxError(`${name} lies in none of the zones ${zones}`);
  return inside[0];
}

/** RFC 2308 section 3: the TTL of a negative answer is that of its SOA; here at most 300. */
function soaText(zone: string, ttl: number): string {
  const soa = `SOA ns.dns.${zone} hostmaster.${zone} * 7200 1800 86400 ${ttl}`;
  return `${zone} ${Math.min(ttl, 300)} IN ${soa}`;
}
