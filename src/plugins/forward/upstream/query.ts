import { Class, Type } from '../../../dns/codes.ts';
import type { EdnsOptionData } from '../../../dns/edns.ts';
import type { NameKey } from '../../../dns/name.ts';
import type { WireName } from '../../../dns/record.ts';
import type { Request } from '../../plugin.ts';
import { optionsKey, sentOptions } from '../../sent-options.ts';

/** What upstreams are asked for one or many clients: the question, and what changes its answer. */
export interface Query {
  /** As the first client spelled it. */
  readonly name: WireName;
  readonly key: NameKey;
  readonly type: number;
  readonly qclass: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly dnssecOk: boolean;
  /** EDNS options that go with it. */
  readonly options: readonly EdnsOptionData[];
}

/** The query that a client's request needs. */
export function queryOf(request: Request): Query {
  const { name, key, type, qclass, recursionDesired, checkingDisabled, edns } = request;
  const dnssecOk = edns?.dnssecOk ?? false;
  const options = sentOptions(request);
  return { name, key, type, qclass, recursionDesired, checkingDisabled, dnssecOk, options };
}

/** A query of our own, class IN, without EDNS options. */
export function plainQuery(key: NameKey, type: number, recursionDesired: boolean): Query {
  const flags = { recursionDesired, checkingDisabled: false, dnssecOk: false };
  return { name: key, key, type, qclass: Class.IN, ...flags, options: [] };
}

/**
 * Equal for queries that have the same answer. The name is in it whole, not as a hash: two names
 * must never share an answer.
 */
export function queryKey(query: Omit<Query, 'name'>): string {
  const bits =
    (query.recursionDesired ? 1 : 0) | (query.checkingDisabled ? 2 : 0) | (query.dnssecOk ? 4 : 0);
  const { type, qclass, options, key } = query;
  if (options.length === 0) return `${type} ${qclass} ${bits} ${key}`;
  const sent = optionsKey(options);
  return `${type} ${qclass} ${bits} ${sent.length} ${sent} ${key}`;
}

/** Zone transfers are no questions, nor are types that only mean something inside a message. */
export function isForwardable(type: number): boolean {
  return type === Type.ANY || !(type === 0 || type === Type.OPT || (type >= 128 && type <= 255));
}
