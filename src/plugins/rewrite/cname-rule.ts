import { Rcode, Type } from '../../dns/codes.ts';
import { keyOfWire, type NameKey } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import type { Next, Reply, Request } from '../plugin.ts';
import type { NameMatcher } from './name-matcher.ts';
import type { Rewritten, Rule } from './rule.ts';

/** `cname [exact|…] FROM TO`: sends aliases to another target, and looks that up. */
export class CnameRule implements Rule {
  readonly continues: boolean;
  readonly #matcher: NameMatcher;
  readonly #resolve: Next;

  constructor(continues: boolean, matcher: NameMatcher, resolve: Next) {
    this.continues = continues;
    this.#matcher = matcher;
    this.#resolve = resolve;
  }

  apply(request: Request): Rewritten {
    // Type and class are those of the rule's turn: a rule before it may have changed them.
    return { request, replyRules: [(reply) => this.#retarget(reply, request)] };
  }

  async #retarget(reply: Reply, asked: Request): Promise<Reply> {
    for (const [at, record] of reply.answer.entries()) {
      const to = this.#newTarget(record);
      if (to === undefined) continue;
      const alias: ResourceRecord = { ...record, data: { kind: 'name', name: to } };
      const chain = [...reply.answer.slice(0, at), alias];
      if (asked.type === Type.CNAME || asked.type === Type.ANY) {
        return { ...reply, answer: [...chain, ...reply.answer.slice(at + 1)] };
      }
      return this.#follow({ ...reply, answer: chain }, to, asked);
    }
    return reply;
  }

  async #follow(reply: Reply, to: NameKey, asked: Request): Promise<Reply> {
    const target = await aliasTarget('rewrite', asked, reply.answer, to, this.#resolve);
    // No plugin has the target: the alias alone is the answer.
    if (target.rcode === Rcode.REFUSED && target.answer.length === 0) {
      return { ...reply, rcode: Rcode.NOERROR, authority: [], additional: [] };
    }
    return { ...target, answer: joinedAnswer(reply.answer, target), plugin: reply.plugin };
  }

  #newTarget({ type, data }: ResourceRecord): NameKey | undefined {
    if (type !== Type.CNAME || data.kind !== 'name') return undefined;
    return this.#matcher.rename(keyOfWire(data.name))?.key;
  }
}
