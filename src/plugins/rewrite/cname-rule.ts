import { Rcode, Type } from '../../dns/codes.ts';
import { keyOfWire, type NameKey } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import type { Next, Reply, Request } from '../plugin.ts';
import type { NameMatcher } from './name-matcher.ts';
import type { Rule } from './rule.ts';

/** `cname [exact|…] FROM TO`: sends aliases to another target, and looks that up. */
export function cnameRule(continues: boolean, matcher: NameMatcher, resolve: Next): Rule {
  // Type and class are those of the rule's turn: a rule before it may have changed them.
  const apply = (request: Request) => ({
    request,
    replyRules: [(reply: Reply) => retargeted(reply, request, matcher, resolve)],
  });
  return { continues, concerns: () => true, apply };
}

async function retargeted(
  reply: Reply,
  request: Request,
  matcher: NameMatcher,
  resolve: Next,
): Promise<Reply> {
  for (const [at, record] of reply.answer.entries()) {
    const to = newTarget(record, matcher);
    if (to === undefined) continue;
    const alias: ResourceRecord = { ...record, data: { kind: 'name', name: to } };
    const chain = [...reply.answer.slice(0, at), alias];
    if (request.type === Type.CNAME || request.type === Type.ANY) {
      return { ...reply, answer: [...chain, ...reply.answer.slice(at + 1)] };
    }
    const target = await aliasTarget('rewrite', request, chain, to, resolve);
    if (target === undefined) {
      return { ...reply, rcode: Rcode.NOERROR, answer: chain, authority: [], additional: [] };
    }
    return { ...target, answer: joinedAnswer(chain, target), plugin: reply.plugin };
  }
  return reply;
}

function newTarget({ type, data }: ResourceRecord, matcher: NameMatcher): NameKey | undefined {
  if (type !== Type.CNAME || data.kind !== 'name') return undefined;
  return matcher(keyOfWire(data.name))?.key;
}
