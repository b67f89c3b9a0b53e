import { Type } from '../../../dns/codes.ts';
import { readUint16 } from '../../../dns/header.ts';
import { isAtOrBelow, keyOfWire, type NameKey } from '../../../dns/name.ts';
import { isOfClass, type ResourceRecord } from '../../../dns/record.ts';
import { groupBy } from '../../../support/collections.ts';
import type { Query } from '../upstream/query.ts';

/** CNAMEs in one reply: as many as BIND and Unbound allow. */
export const MAX_ALIASES = 11;

/** The records of an answer section that lead from the question's name to the answer. */
export interface AliasChain {
  /** Of each name on the way, in order: its alias, or at the end the answer; with DO, signed. */
  readonly records: readonly ResourceRecord[];
  /** The name the chain ends at. */
  readonly last: NameKey;
  readonly aliases: number;
  /** The last name has records of the type asked for. */
  readonly isAnswered: boolean;
  /** This server answers the last name itself: what the upstream says of it does not count. */
  readonly leadsHome: boolean;
}

/**
 * Follows the aliases from the question's name, in whatever order the records are, up to a name
 * that `isOwn`. Undefined when they lead in a circle. DNAME records are kept only `withDname`.
 */
export function followAliases(
  answer: readonly ResourceRecord[],
  query: Query,
  withDname: boolean,
  isOwn: (key: NameKey) => boolean,
): AliasChain | undefined {
  if (answer.length === 0) {
    return { records: [], last: query.key, aliases: 0, isAnswered: false, leadsHome: false };
  }
  if (isWholeAnswer(answer, query)) {
    return { records: answer, last: query.key, aliases: 0, isAnswered: true, leadsHome: false };
  }
  const sets = byOwner(answer, query.qclass);
  const seen = new Set<NameKey>();
  const records: ResourceRecord[] = [];
  let last = query.key;
  for (;;) {
    if (seen.has(last)) return undefined;
    seen.add(last);
    const aliases = seen.size - 1;
    if (aliases > 0 && isOwn(last)) {
      return { records, last, aliases, isAnswered: false, leadsHome: true };
    }
    const own = sets.get(last) ?? [];
    const found = own.filter(({ type }) => type === query.type || query.type === Type.ANY);
    if (found.length > 0) {
      records.push(...found, ...signatures(own, query, query.type));
      return { records, last, aliases, isAnswered: true, leadsHome: false };
    }
    const alias = own.find(({ type }) => type === Type.CNAME);
    if (alias?.data.kind !== 'name' || aliases > MAX_ALIASES) {
      return { records, last, aliases, isAnswered: false, leadsHome: false };
    }
    if (withDname && query.dnssecOk) records.push(...redirections(answer, last, query));
    records.push(alias, ...signatures(own, query, Type.CNAME));
    last = keyOfWire(alias.data.name);
  }
}

/** One record, the one asked for, as most answers are: nothing is to be sorted. */
function isWholeAnswer(answer: readonly ResourceRecord[], query: Query): boolean {
  const [record, more] = answer;
  if (record === undefined || more !== undefined || query.dnssecOk) return false;
  if (record.type !== query.type || !isOfClass(record, query.qclass)) return false;
  return keyOfWire(record.owner) === query.key;
}

function byOwner(
  answer: readonly ResourceRecord[],
  qclass: number,
): Map<NameKey, ResourceRecord[]> {
  const records = answer.filter((record) => isOfClass(record, qclass));
  return groupBy(records, ({ owner }) => keyOfWire(owner));
}

function signatures(
  own: readonly ResourceRecord[],
  query: Query,
  covered: number,
): ResourceRecord[] {
  if (!query.dnssecOk || query.type === Type.ANY || query.type === Type.RRSIG) return [];
  return own.filter(
    ({ type, data }) =>
      type === Type.RRSIG &&
      data.kind === 'raw' &&
      data.bytes.length >= 2 &&
      readUint16(data.bytes, 0) === covered,
  );
}

/** The DNAME above a name that its alias was made from, with its signatures. */
function redirections(
  answer: readonly ResourceRecord[],
  name: NameKey,
  query: Query,
): ResourceRecord[] {
  const dname = answer.find(({ type, owner }) => {
    const key = keyOfWire(owner);
    return type === Type.DNAME && key !== name && isAtOrBelow(name, key);
  });
  if (dname === undefined) return [];
  const own = answer.filter(({ owner }) => keyOfWire(owner) === keyOfWire(dname.owner));
  return [dname, ...signatures(own, query, Type.DNAME)];
}
