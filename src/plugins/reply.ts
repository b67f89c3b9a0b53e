import { ExtendedError, Rcode } from '../dns/codes.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { Reply } from './plugin.ts';

const EMPTY: Reply = Object.freeze({
  rcode: Rcode.NOERROR,
  authoritative: false,
  recursionAvailable: false,
  authenticData: false,
  truncated: false,
  answer: [],
  authority: [],
  additional: [],
  options: [],
  error: undefined,
  plugin: '',
  isSilent: false,
});

/** An authoritative answer. */
export function answerReply(plugin: string, answer: readonly ResourceRecord[]): Reply {
  return { ...EMPTY, plugin, authoritative: true, answer };
}

/** A reply without records, with an explanation for clients that take one (RFC 8914). */
export function errorReply(
  plugin: string,
  rcode: number,
  code: number = ExtendedError.OTHER,
  text = '',
): Reply {
  return { ...EMPTY, plugin, rcode, error: text === '' ? undefined : { code, text } };
}

/** No reply at all. */
export function silence(plugin: string): Reply {
  return { ...EMPTY, plugin, isSilent: true };
}
