import { ExtendedError, Rcode } from '../dns/codes.ts';
import type { Next, Plugin } from './plugin.ts';
import { errorReply } from './reply.ts';

/**
 * Links plugins, first to last, into one function. Below the last one nobody is left to answer:
 * the question is about a name that is not ours, and is REFUSED.
 */
export function linkChain(plugins: readonly Plugin[]): Next {
  const end: Next = async () => {
    const text = 'not a name of the cluster zones';
    return errorReply('', Rcode.REFUSED, ExtendedError.NOT_AUTHORITATIVE, text);
  };
  return plugins.reduceRight<Next>((next, plugin) => (request) => plugin.serve(request, next), end);
}
