import { Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, keyOfWire, type NameKey } from '../../dns/name.ts';
import { isOfClass, type ResourceRecord, withTtl } from '../../dns/record.ts';
import { MAX_ALIASES } from '../forward/exchange/alias-chain.ts';
import type { Reply, Request } from '../plugin.ts';
import { MAX_PACKED_RECORDS, type Sections } from './packed-records.ts';
import { isInForce, lowestTtl, settled, soaMinimum } from './records.ts';

/** What a reply is worth to a cache. `ttl` is in seconds; 0 is never worth storing. */
export type Finding =
  | { readonly kind: 'positive'; readonly ttl: number; readonly sections: Sections }
  | {
      readonly kind: 'denial';
      readonly ttl: number;
      readonly sections: Sections;
      /** The name itself does not exist, so the entry answers for every type. */
      readonly everyType: boolean;
    }
  | { readonly kind: 'failure' }
  /** Records, none of which belong to the question. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'useless' };

const NO_NAMES: readonly NameKey[] = [];

const USELESS: Finding = { kind: 'useless' };

/**
 * Judges a reply by RFC 2308: an answer, a denial with the SOA that says for how long, a failure,
 * or nothing that may be stored. `wallSeconds` is the time by which signatures are judged.
 */
export function classify(request: Request, reply: Reply, wallSeconds: number): Finding {
  if (reply.truncated || reply.isSilent) return USELESS;
  if (reply.rcode === Rcode.SERVFAIL || reply.rcode === Rcode.NOTIMP) return { kind: 'failure' };
  if (reply.rcode !== Rcode.NOERROR && reply.rcode !== Rcode.NXDOMAIN) return USELESS;
  // Some have thousands of records, and looking at each takes the time of a hundred hits.
  const { answer: given, authority, additional } = reply;
  if (given.length + authority.length + additional.length > MAX_PACKED_RECORDS) return USELESS;
  if (request.edns?.dnssecOk === true && hasDeadSignature(reply, wallSeconds)) return USELESS;

  // What is of another class is not about this question, whatever its name.
  const ofClass = those(reply.answer, (record) => isOfClass(record, request.qclass));
  const chain = followChain(request, ofClass);
  const answer = those(ofClass, (record) => belongs(record, chain));
  if (reply.answer.length > 0 && answer.length === 0) return { kind: 'foreign' };
  const kept: Sections = {
    answer: settled(answer, request.key),
    authority: settled(reply.authority, request.key),
    additional: settled(reply.additional, request.key),
  };
  if (!chain.isAnswered) return denial(kept, chain, reply.rcode);
  return reply.rcode === Rcode.NOERROR ? positive(kept) : USELESS;
}

/** Nearly always all of them: then no other list is made. */
function those(
  records: readonly ResourceRecord[],
  isKept: (record: ResourceRecord) => boolean,
): readonly ResourceRecord[] {
  return records.every(isKept) ? records : records.filter(isKept);
}

/** The authority section counts: with DNSSEC, it may hold the proof of a wildcard. */
function positive(sections: Sections): Finding {
  const ttl = Math.min(lowestTtl(sections.answer), lowestTtl(sections.authority));
  return { kind: 'positive', ttl, sections };
}

/**
 * RFC 2308 section 3: "The TTL of this record is set from the minimum of the MINIMUM field of the
 * SOA record and the TTL of the SOA itself". Without an SOA a denial is not stored: nothing says
 * for how long it is true.
 */
function denial({ answer, authority, additional }: Sections, chain: Chain, rcode: number): Finding {
  const isSoa = (record: ResourceRecord): boolean =>
    record.type === Type.SOA && isAtOrBelow(chain.end, keyOfWire(record.owner));
  if (!authority.some(isSoa)) return USELESS;
  const limited = authority.map((record) =>
    isSoa(record) ? withTtl(record, Math.min(record.ttl, soaMinimum(record.data))) : record,
  );
  const ttl = Math.min(lowestTtl(answer), lowestTtl(limited));
  // After a CNAME the name that does not exist is its target (RFC 2308 section 2.1), not the one
  // asked for.
  const everyType = rcode === Rcode.NXDOMAIN && answer.length === 0;
  return { kind: 'denial', ttl, sections: { answer, authority: limited, additional }, everyType };
}

interface Chain {
  /** At most a dozen. */
  readonly names: readonly NameKey[];
  readonly end: NameKey;
  /** There are records of the asked type at its end. */
  readonly isAnswered: boolean;
}

/** Follows CNAMEs from the question, as many as `forward` takes; a circle ends the chain. */
function followChain(request: Request, answer: readonly ResourceRecord[]): Chain {
  if (answer.length === 0) return { names: NO_NAMES, end: request.key, isAnswered: false };
  if (answer.length === 1 && isAnswerTo(answer[0]!, request)) {
    return { names: [request.key], end: request.key, isAnswered: true };
  }
  const links = new Map<NameKey, NameKey>();
  const answered = new Set<NameKey>();
  for (const record of answer) {
    const owner = keyOfWire(record.owner);
    if (record.type === request.type || request.type === Type.ANY) answered.add(owner);
    if (record.type === Type.CNAME && record.data.kind === 'name') {
      links.set(owner, keyOfWire(record.data.name));
    }
  }
  const names: NameKey[] = [];
  let end = request.key;
  for (;;) {
    names.push(end);
    const target = answered.has(end) ? undefined : links.get(end);
    if (target === undefined || names.includes(target) || names.length > MAX_ALIASES) break;
    end = target;
  }
  return { names, end, isAnswered: answered.has(end) };
}

/** As most answers are: nothing is to be followed. */
function isAnswerTo({ type, owner }: ResourceRecord, request: Request): boolean {
  return type === request.type && keyOfWire(owner) === request.key;
}

/** On the chain, or a DNAME (and its signature) from which a link of it was made. */
function belongs(record: ResourceRecord, chain: Chain): boolean {
  const owner = keyOfWire(record.owner);
  if (chain.names.includes(owner)) return true;
  if (record.type !== Type.DNAME && record.type !== Type.RRSIG) return false;
  return chain.names.some((name) => isAtOrBelow(name, owner));
}

function hasDeadSignature(reply: Reply, wallSeconds: number): boolean {
  return [reply.answer, reply.authority, reply.additional].some((section) =>
    section.some((record) => record.type === Type.RRSIG && !isInForce(record.data, wallSeconds)),
  );
}
