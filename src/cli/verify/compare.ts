import { rcodeName, Type, typeCode } from '../../dns/codes.ts';
import { wireFromText } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { recordText } from '../../dns/text.ts';
import { replyFault } from '../query/dns-client.ts';
import { readRcode, replySections } from '../query/reply-sections.ts';
import type { Asker } from './asker.ts';
import type { EveryName } from './every-question.ts';
import { NOERROR } from './expectation.ts';
import { knownRow, type Question, type ReplyParts } from './known-differences.ts';

/** A reply in parts that are compared: serials are left out, and TTLs stand by themselves. */
export interface ComparedReply extends ReplyParts {
  readonly isAuthoritative: boolean;
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  /** Of the answer and of what stands in for one, each once; seconds. */
  readonly ttls: string;
  readonly transport: string;
}

/** Two replies to a question that are not the same. */
export interface FoundDifference {
  readonly question: Question;
  readonly ours: ComparedReply | { readonly fault: string };
  readonly theirs: ComparedReply | { readonly fault: string };
  /** The row of docs/compatibility.md that says why; undefined when none does. */
  readonly row: string | undefined;
  /** Nothing differs but TTLs. */
  readonly isTtlOnly: boolean;
}

/** Asks both, and says how the replies differ; undefined when they are the same. */
export async function compare(
  question: Question,
  { ours: our, theirs: their }: { readonly ours: Asker; readonly theirs: Asker },
  names: EveryName,
): Promise<FoundDifference | undefined> {
  const [ours, theirs] = await Promise.all([replyOf(our, question), replyOf(their, question)]);
  if ('fault' in ours || 'fault' in theirs) {
    if ('fault' in ours && 'fault' in theirs && ours.fault === theirs.fault) return undefined;
    return { question, ours, theirs, row: undefined, isTtlOnly: false };
  }
  const isSame = hasSameParts(ours, theirs);
  if (isSame && ours.ttls === theirs.ttls) return undefined;
  if (isSame) return { question, ours, theirs, row: undefined, isTtlOnly: true };
  const row = await rowOf({ question, ours, theirs }, their, names);
  return { question, ours, theirs, row, isTtlOnly: false };
}

/** Why a difference is no mistake: for that more must be known of what the other server has. */
async function rowOf(
  { question, ours, theirs }: Found,
  their: Asker,
  names: EveryName,
): Promise<string | undefined> {
  const { name } = question;
  const answerTo = async (asked: Question): Promise<ReplyParts> => {
    const isSame = asked.name === name && asked.type === question.type;
    const reply = isSame ? theirs : await replyOf(their, asked);
    return 'fault' in reply ? { rcode: '', answer: [] } : reply;
  };
  const hasRecords = async (one: string): Promise<boolean> => {
    const isReverse = one.endsWith('.arpa.');
    const { rcode, answer } = await answerTo({ name: one, type: isReverse ? 'PTR' : 'A' });
    return isReverse ? answer.length > 0 : rcode === NOERROR;
  };
  const type = ours.answer[0]?.split(' ')[3] ?? question.type;
  const other = await answerTo({ name, type });
  const isExisting = await hasRecords(name);
  let isAbove = false;
  for (const below of isExisting ? [] : (names.above.get(name) ?? [])) {
    isAbove ||= await hasRecords(below);
  }
  return knownRow({
    question,
    coredns: theirs,
    svcdns: ours,
    other: other.answer,
    names: {
      existing: { has: (one) => (one === name ? isExisting : names.existing.has(one)) },
      above: { has: (one) => (one === name ? isAbove : names.above.has(one)) },
    },
    zones: names.zones,
  });
}

interface Found {
  readonly question: Question;
  readonly ours: ComparedReply;
  readonly theirs: ComparedReply;
}

async function replyOf(
  asker: Asker,
  { name, type }: Question,
): Promise<ComparedReply | { readonly fault: string }> {
  try {
    const { bytes, questionEnd, transport } = await asker.ask(
      wireFromText(name),
      typeCode(type) as number,
    );
    const sections = replySections(bytes, questionEnd).map((section, index) =>
      section.filter(({ type }) => type !== Type.OPT && (type !== Type.NS || index !== AUTHORITY)),
    );
    const [answer = [], authority = [], additional = []] = sections.map(linesOf);
    const [first = [], second = []] = sections;
    const ttls = [...new Set([...first, ...second].map(ttlText))].sort().join();
    const isAuthoritative = (bytes[2]! & 0x04) !== 0;
    const rcode = rcodeName(readRcode(bytes, questionEnd));
    return { rcode, isAuthoritative, answer, authority, additional, ttls, transport };
  } catch (error) {
    return { fault: replyFault(error) };
  }
}

/** There NS records are what a server says of itself, and may be left out. */
const AUTHORITY = 1;

/** Records without their TTLs, which are 0 here, and without what changes with each change. */
function linesOf(records: readonly ResourceRecord[]): string[] {
  return records.map((record) => {
    const { data } = record;
    if (data.kind !== 'start') return recordText({ ...record, ttl: 0 });
    const start = { ...data.start, serial: 0, minimum: 0 };
    return recordText({ ...record, ttl: 0, data: { ...data, start } });
  });
}

/** How long a denial is kept is the lesser of both (RFC 2308 section 5). */
function ttlText({ ttl, data }: ResourceRecord): string {
  return String(data.kind === 'start' ? Math.min(ttl, data.start.minimum) : ttl);
}

function hasSameParts(ours: ComparedReply, theirs: ComparedReply): boolean {
  const [our, their] = [ours, theirs].map(({ rcode, isAuthoritative, answer, authority }) =>
    JSON.stringify([rcode, isAuthoritative, answer.toSorted(), authority.toSorted()]),
  );
  return our === their && hasSameAdditional(ours, theirs);
}

/** Over UDP some of the additional records may have been left out for want of room. */
function hasSameAdditional(ours: ComparedReply, theirs: ComparedReply): boolean {
  const isIn = (some: ComparedReply, all: ComparedReply) =>
    some.additional.every((line) => all.additional.includes(line));
  if (ours.transport === theirs.transport) return isIn(ours, theirs) && isIn(theirs, ours);
  return ours.transport === 'udp' ? isIn(ours, theirs) : isIn(theirs, ours);
}
