import { EdnsOption, Rcode, Type } from '../../../dns/codes.ts';
import { Flag, readUint16 } from '../../../dns/header.ts';
import type { Message } from '../../../dns/message.ts';
import { isAtOrBelow, keyOfWire, type NameKey, parentOf } from '../../../dns/name.ts';
import type { ResourceRecord } from '../../../dns/record.ts';
import type { ReplyError } from '../../plugin.ts';
import type { Query } from '../upstream/query.ts';
import type { Answered } from '../upstream/upstream-try.ts';
import { type AliasChain, followAliases, MAX_ALIASES } from './alias-chain.ts';

/** What of an upstream's reply is passed on. */
export interface Relevant {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly authenticData: boolean;
  readonly truncated: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly error: ReplyError | undefined;
}

/** Characters of an upstream's explanation that are passed on. */
const MAX_ERROR_CHARACTERS = 120;

/**
 * Leaves of a reply what has to do with its question, so that nothing else can get into a cache
 * (RFC 5452 section 6): in the answer, the records of the CNAME chain from the question's name; in
 * the authority section, the SOA of a denial, and the proofs of a denial for who asked for them
 * (DO); in the additional section, addresses of hosts that the answer names, below the name asked
 * for. Of a chain that leads to a name of our own, the part up to there: its code and the rest of
 * it are about that name (RFC 6604 section 3), which we know better. Undefined when the reply is of
 * no use: a referral, records of other names, an endless chain.
 */
export function relevantOf(
  { message, isStream, isCut }: Answered,
  query: Query,
  isOwn: (key: NameKey) => boolean,
): Relevant | undefined {
  const chain = followAliases(message.answer, query, isStream, isOwn);
  if (chain === undefined || chain.aliases > MAX_ALIASES) return undefined;
  const answer = withEqualTtls(chain.records);
  if (chain.leadsHome) return { ...EMPTY, authoritative: isAuthoritative(message), answer };
  const isNothing = chain.records.length === 0 && message.rcode === Rcode.NOERROR && !isCut;
  if (isNothing && (message.answer.length > 0 || isReferral(message))) return undefined;
  return {
    rcode: message.rcode,
    authoritative: isAuthoritative(message),
    authenticData: (message.flags & Flag.AD) !== 0,
    truncated: isCut,
    answer,
    authority: authorityOf(message, query, chain),
    additional: additionalOf(message, query, chain),
    error: errorOf(message),
  };
}

const EMPTY: Relevant = Object.freeze({
  rcode: Rcode.NOERROR,
  authoritative: false,
  authenticData: false,
  truncated: false,
  answer: [],
  authority: [],
  additional: [],
  error: undefined,
});

/**
 * "Ask those": an answer for a resolver, which we are not, from a server that does not resolve for
 * us. Whatever it says of itself (RA): without its authority section it would look as if the name
 * had no data.
 */
function isReferral(message: Message): boolean {
  if (isAuthoritative(message)) return false;
  return (
    message.authority.some(({ type }) => type === Type.NS) &&
    !message.authority.some(({ type }) => type === Type.SOA)
  );
}

function isAuthoritative({ flags }: Message): boolean {
  return (flags & Flag.AA) !== 0;
}

function authorityOf(message: Message, query: Query, chain: AliasChain): ResourceRecord[] {
  const soa = message.authority.find(
    ({ type, owner }) => type === Type.SOA && isAtOrBelow(chain.last, keyOfWire(owner)),
  );
  const isDenial = !chain.isAnswered || message.rcode !== Rcode.NOERROR;
  const kept = isDenial && soa !== undefined ? [soa] : [];
  if (!query.dnssecOk) return kept;
  const proofs = message.authority.filter(({ type, data }) => {
    if (type === Type.NSEC || type === Type.NSEC3) return true;
    if (type !== Type.RRSIG || data.kind !== 'raw' || data.bytes.length < 2) return false;
    const covered = readUint16(data.bytes, 0);
    return covered === Type.NSEC || covered === Type.NSEC3 || (covered === Type.SOA && isDenial);
  });
  return [...kept, ...proofs];
}

function additionalOf(message: Message, query: Query, chain: AliasChain): ResourceRecord[] {
  if (message.additional.length === 0) return [];
  const hosts = new Set<NameKey>();
  for (const { data, type } of chain.records) {
    if (data.kind === 'service') hosts.add(keyOfWire(data.target));
    else if (data.kind === 'exchange') hosts.add(keyOfWire(data.exchange));
    else if (data.kind === 'name' && type === Type.NS) hosts.add(keyOfWire(data.name));
  }
  if (hosts.size === 0) return [];
  const home = withoutUnderscores(chain.last);
  return message.additional.filter(({ type, owner, klass }) => {
    if (type !== Type.A && type !== Type.AAAA) return false;
    const key = keyOfWire(owner);
    return (klass ?? 1) === query.klass && hosts.has(key) && isAtOrBelow(key, home);
  });
}

/** `_sip._tcp.example.com` stands for `example.com`, where its targets live. */
function withoutUnderscores(key: NameKey): NameKey {
  let at = key;
  while (at.charAt(1) === '_') at = parentOf(at);
  return at;
}

/** RFC 2181 section 5.2: records of a set with different TTLs count as if all had the lowest. */
function withEqualTtls(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  if (records.length < 2) return records;
  const lowest = new Map<string, number>();
  let areEqual = true;
  const setOf = ({ type, owner }: ResourceRecord) => `${type} ${keyOfWire(owner)}`;
  for (const record of records) {
    const set = setOf(record);
    const known = lowest.get(set);
    if (known !== undefined && known !== record.ttl) areEqual = false;
    lowest.set(set, Math.min(known ?? record.ttl, record.ttl));
  }
  if (areEqual) return records;
  return records.map((record) => ({ ...record, ttl: lowest.get(setOf(record)) ?? record.ttl }));
}

/** The upstream's own explanation (RFC 8914), in characters that do no harm in a log. */
function errorOf({ edns }: Message): ReplyError | undefined {
  const option = edns?.options.find(
    ({ code, data }) => code === EdnsOption.EDE && data.length >= 2,
  );
  if (option === undefined) return undefined;
  const text = Buffer.from(option.data.subarray(2, 2 + MAX_ERROR_CHARACTERS)).toString('latin1');
  return { code: readUint16(option.data, 0), text: text.replace(/[^ -~]/g, '?') };
}
