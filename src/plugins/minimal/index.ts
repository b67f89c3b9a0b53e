import { Rcode } from '../../dns/codes.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { Plugin, Reply } from '../plugin.ts';

/**
 * Takes the authority and additional sections off positive answers: what the client did not ask
 * for.
 */
const minimal: Plugin = {
  name: 'minimal',
  async serve(request, next) {
    const reply = await next(request);
    return isPositive(reply) ? withoutExtras(reply) : reply;
  },
};

/**
 * No error, no denial (its SOA is what makes it cacheable) and no referral (its NS are the answer).
 */
function isPositive({ rcode, answer, authority }: Reply): boolean {
  return rcode === Rcode.NOERROR && (answer.length > 0 || authority.length === 0);
}

function withoutExtras(reply: Reply): Reply {
  if (reply.authority.length === 0 && reply.additional.length === 0) return reply;
  return { ...reply, authority: [], additional: [] };
}

/** Reads `minimal`. */
export const plugin = {
  directive: 'minimal',
  setup(lines, _context, problems) {
    const directive = new Directive('minimal', problems);
    directive.bare(lines);
    return directive.failed ? undefined : minimal;
  },
} satisfies PluginDeclaration;
