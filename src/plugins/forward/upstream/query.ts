import type { NameKey } from '../../../dns/name.ts';
import type { WireName } from '../../../dns/record.ts';
import type { EdnsOptionData, Request } from '../../plugin.ts';
import { optionsKey, sentOptions } from '../../sent-options.ts';

/**
 * What is asked of upstreams for one or many clients: a question, and what may change its answer.
 */
export interface Asked {
  /** As the first client spelled it. */
  readonly name: WireName;
  readonly key: NameKey;
  readonly type: number;
  readonly klass: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly dnssecOk: boolean;
  /** EDNS options that go with it. */
  readonly options: readonly EdnsOptionData[];
}

export function askedBy(request: Request): Asked {
  const { name, key, type, klass, recursionDesired, checkingDisabled, edns } = request;
  const dnssecOk = edns?.dnssecOk ?? false;
  const options = sentOptions(request);
  return { name, key, type, klass, recursionDesired, checkingDisabled, dnssecOk, options };
}

/**
 * Equal for questions that have the same answer. The name is in it whole, not as a hash: two names
 * must never share an answer.
 */
export function identityOf(asked: Asked): string {
  const bits =
    (asked.recursionDesired ? 1 : 0) | (asked.checkingDisabled ? 2 : 0) | (asked.dnssecOk ? 4 : 0);
  const { type, klass, options, key } = asked;
  if (options.length === 0) return `${type} ${klass} ${bits} ${key}`;
  const sent = optionsKey(options);
  return `${type} ${klass} ${bits} ${sent.length} ${sent} ${key}`;
}
