import { ExtendedError, Rcode } from '../dns/codes.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { TracedQuestion } from '../explain/trace.ts';
import { OUTSIDE_ERROR } from '../zone/decision.ts';
import type { Next, Plugin, Reply, Request } from './plugin.ts';

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

/** What an explanation has of a reply. */
export function tracedReply(
  reply: Reply,
): Pick<TracedQuestion, 'rcode' | 'isSilent' | 'plugin' | 'answer' | 'authority' | 'text'> {
  const { rcode, isSilent, plugin, answer, authority, error } = reply;
  return { rcode, isSilent, plugin, answer, authority, text: error?.text ?? '' };
}

/** Whether no plugin took the question: it came to the end of the chain. */
export function isOfNobody({ plugin, rcode }: Reply): boolean {
  return plugin === '' && rcode === Rcode.REFUSED;
}

/** No reply at all. */
export function silence(plugin: string): Reply {
  return { ...EMPTY, plugin, isSilent: true };
}

/**
 * The reply without AD for a client that set neither the AD nor the DO bit (RFC 6840 section 5.8).
 */
export function forClient(reply: Reply, request: Request): Reply {
  if (!reply.authenticData || request.authenticData || request.edns?.dnssecOk === true) {
    return reply;
  }
  return { ...reply, authenticData: false };
}

/**
 * Links plugins, first to last, into one function. Below the last one nothing is left to answer:
 * the question is about a name that is not ours, and is REFUSED.
 */
export function linkChain(plugins: readonly Plugin[]): Next {
  const end: Next = async () => {
    const { code, text } = OUTSIDE_ERROR;
    return errorReply('', Rcode.REFUSED, code, text);
  };
  return plugins.reduceRight<Next>((next, plugin) => (request) => plugin.serve(request, next), end);
}
