import type { NameKey } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
import type { Request } from '../plugin.ts';

/** What is asked of upstreams for one or many clients: a question, and the bits that change its answer. */
export interface Asked {
  /** As the first client spelled it. */
  readonly name: WireName;
  readonly key: NameKey;
  readonly type: number;
  readonly klass: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly dnssecOk: boolean;
}

export function askedBy(request: Request): Asked {
  const { name, key, type, klass, recursionDesired, checkingDisabled, edns } = request;
  const dnssecOk = edns?.dnssecOk ?? false;
  return { name, key, type, klass, recursionDesired, checkingDisabled, dnssecOk };
}

/**
 * Equal for questions that have the same answer. The name is in it whole, not as a hash: two names must never share an
 * answer.
 */
export function identityOf(asked: Asked): string {
  const bits =
    (asked.recursionDesired ? 1 : 0) | (asked.checkingDisabled ? 2 : 0) | (asked.dnssecOk ? 4 : 0);
  return `${asked.type} ${asked.klass} ${bits} ${asked.key}`;
}
