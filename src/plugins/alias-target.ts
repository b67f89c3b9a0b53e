import { ExtendedError, Rcode, Type } from '../dns/codes.ts';
import { keyOfWire, textOf } from '../dns/name.ts';
import type { ResourceRecord, WireName } from '../dns/record.ts';
import { MAX_LINKS } from '../zone/lookup.ts';
import type { Next, Reply, Request } from './plugin.ts';
import { errorReply } from './reply.ts';

/**
 * The reply of `resolve` for the target that the aliases of `answer` lead to; SERVFAIL, without a
 * record, when they lead back to a name that was an alias before, or on for too long. Undefined
 * when no plugin has the target: then the aliases alone are the answer, as from any authoritative
 * server. `request` is the question that `answer` is for.
 */
export async function aliasTarget(
  plugin: string,
  request: Request,
  answer: readonly ResourceRecord[],
  target: WireName,
  resolve: Next,
): Promise<Reply | undefined> {
  const key = keyOfWire(target);
  const aliases = [...request.aliases];
  for (const { type, owner } of answer) {
    if (type !== Type.CNAME) continue;
    const alias = keyOfWire(owner);
    if (aliases.includes(alias)) return circle(plugin, alias);
    aliases.push(alias);
  }
  if (aliases.includes(key)) return circle(plugin, key);
  if (aliases.length > MAX_LINKS) return chainTooLong(plugin);
  const reply = await resolve({ ...request, name: target, key, aliases });
  return reply.rcode === Rcode.REFUSED && reply.answer.length === 0 ? undefined : reply;
}

/** The aliases, then what their target has. A failure needs no records: no client can use them. */
export function joinedAnswer(
  aliases: readonly ResourceRecord[],
  { rcode, answer }: Reply,
): readonly ResourceRecord[] {
  return rcode === Rcode.SERVFAIL ? [] : [...aliases, ...answer];
}

export function chainTooLong(plugin: string): Reply {
  return failure(plugin, `CNAME chain of over ${MAX_LINKS} links`);
}

function circle(plugin: string, key: ReturnType<typeof keyOfWire>): Reply {
  return failure(plugin, `CNAME chain leads round in a circle to ${textOf(key)}`);
}

function failure(plugin: string, text: string): Reply {
  return errorReply(plugin, Rcode.SERVFAIL, ExtendedError.OTHER, text);
}
