import { Rcode, Type } from '../../../dns/codes.ts';
import { keyOfWire } from '../../../dns/name.ts';
import type { ResourceRecord } from '../../../dns/record.ts';
import { aliasTarget, chainTooLong, MAX_LINKS } from '../../alias-target.ts';
import type { PluginContext, Reply, Request } from '../../plugin.ts';

/**
 * Completes an upstream's answer whose aliases end at a name of our own: with what the whole server
 * says of that name, as upstreams know nothing of it. The joined reply is that of who answered for
 * the name, so that a cache keeps no more of the cluster than otherwise: nothing.
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
  const home = targetOf(aliases.at(-1));
  const leadsHome = home !== undefined && isOwnName(keyOfWire(home));
  if (!leadsHome) {
    // A chain that is the upstream's alone has the upstream's limit.
    const isTooLong =
      request.aliases.length > 0 && request.aliases.length + aliases.length > MAX_LINKS;
    return isTooLong ? chainTooLong(reply.plugin) : reply;
  }
  const target = await aliasTarget(reply.plugin, request, aliases, home, resolve);
  if (target.rcode === Rcode.SERVFAIL) {
    // What is still being waited for is the target: that is kept below, and the alias is here
    // already.
    const ours = target.provisional === 'pending' ? ({ provisional: 'busy' } as const) : {};
    return { ...target, ...ours, answer: [] };
  }
  // Nobody here says anything of it: the aliases alone are what there is to say.
  if (target.rcode === Rcode.REFUSED && target.answer.length === 0) return reply;
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

function targetOf(alias: ResourceRecord | undefined): string | undefined {
  return alias?.data.kind === 'name' ? alias.data.name : undefined;
}
