import { Rcode } from '../dns/codes.ts';
import { OUTSIDE_ERROR } from '../zone/decision.ts';
import type { Next, Plugin } from './plugin.ts';
import { errorReply } from './reply.ts';

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
