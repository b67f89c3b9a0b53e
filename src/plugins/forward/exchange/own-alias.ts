import { Rcode, Type } from '../../../dns/codes.ts';
import { keyOfWire } from '../../../dns/name.ts';
import type { ResourceRecord } from '../../../dns/record.ts';
import { MAX_LINKS } from '../../../zone/lookup.ts';
import { aliasTarget, chainTooLong } from '../../alias-target.ts';
import type { PluginContext, Reply, Request } from '../../plugin.ts';

/**
 * Completes an upstream's answer whose aliases end at a name of our own with this server's answer
 * for that name, as upstreams know nothing of it. The joined reply carries the name of the plugin
 * that answered, so that a cache keeps nothing of the cluster.
 */
export function withOwnTarget(
  request: Request,
  reply: Reply,
  server: Pick<PluginContext, 'resolve' | 'isOwnName'>,
): Reply | Promise<Reply> {
  const { type } = request;
  const isFollowed = type !== Type.CNAME && type !== Type.ANY && reply.answer.some(isAlias);
  return isFollowed ? completed(request, reply, server) : reply;
}

async function completed(
  request: Request,
  reply: Reply,
  { resolve, isOwnName }: Pick<PluginContext, 'resolve' | 'isOwnName'>,
): Promise<Reply> {
  const aliases = reply.answer.filter(isAlias);
  const last = aliases.at(-1)?.data;
  const home = last?.kind === 'name' ? last.name : undefined;
  if (home === undefined || !isOwnName(keyOfWire(home))) {
    // A chain that is all the upstream's has the limit for upstreams.
    const isTooLong =
      request.aliases.length > 0 && request.aliases.length + aliases.length > MAX_LINKS;
    return isTooLong ? chainTooLong(reply.plugin) : reply;
  }
  const target = await aliasTarget(reply.plugin, request, aliases, home, resolve);
  if (target === undefined) return reply;
  if (target.rcode === Rcode.SERVFAIL) {
    // It is the target that is still waited for; the alias is here already.
    const ours = target.provisional === 'pending' ? ({ provisional: 'busy' } as const) : {};
    return { ...target, ...ours, answer: [] };
  }
  return {
    ...target,
    authoritative: reply.authoritative,
    authenticData: false,
    recursionAvailable: true,
    answer: [...reply.answer, ...target.answer],
  };
}

function isAlias({ type }: ResourceRecord): boolean {
  return type === Type.CNAME;
}
