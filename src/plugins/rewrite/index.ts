import { ExtendedError, Rcode } from '../../dns/codes.ts';
import type { Query } from '../../dns/query.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { errorReply } from '../reply.ts';
import type { ReplyRule, Rule } from './rule.ts';

const NAME = 'rewrite';

/**
 * Asks the plugins below another question than the client did, and makes the reply fit what was
 * asked. The client sees its own question again in any case: the server copies it from the query.
 */
export class Rewrite implements Plugin, ShortCutPart {
  readonly name = NAME;
  readonly #rules: readonly Rule[];

  /** `rules` are tried in order. */
  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  passes(query: Query): boolean {
    for (const rule of this.#rules) if (rule.concerns(query)) return false;
    return true;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const replyRules: ReplyRule[] = [];
    let rewritten = request;
    for (const rule of this.#rules) {
      const outcome = rule.apply(rewritten);
      if (outcome === undefined) continue;
      if (outcome.request === undefined) {
        const text = 'the rewritten name is too long or has an empty label';
        return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.OTHER, text);
      }
      rewritten = outcome.request;
      // What the last rule did is undone first.
      replyRules.unshift(...outcome.replyRules.toReversed());
      if (!rule.continues) break;
    }
    let reply = await next(rewritten);
    if (reply.isSilent) return reply;
    for (const rule of replyRules) reply = await rule(reply);
    return reply;
  }
}
