import { Class, ExtendedError, Rcode, rcodeName, Type } from '../../dns/codes.ts';
import { keyOfWire, type NameKey, textOf } from '../../dns/name.ts';
import { addressRecord, type ResourceRecord } from '../../dns/record.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { Lookup, UpstreamHosts } from '../../zone/lookup.ts';
import { MAX_LINKS } from '../../zone/lookup.ts';
import { chainTooLong } from '../alias-target.ts';
import type { PluginContext, Reply, Request } from '../plugin.ts';
import { answerReply, errorReply } from '../reply.ts';

/**
 * Links that a host name counts for. More than half of what is allowed, so that a host name may
 * lead to a Service of ours, but not on to host names again: sixteen names with sixteen names each
 * would be 256 questions for one.
 */
const HOST_LINKS = 6;

/** Of all host names together; more are of no use to a client. */
const MAX_ADDRESSES = 256;

/**
 * How long the others are waited for when one host name has brought addresses: clients wait some
 * seconds.
 */
const GRACE_MS = 500;

export interface UpstreamAccess {
  /** The name of the plugin that answers. */
  readonly plugin: string;
  readonly resolve: PluginContext['resolve'];
  readonly clock: Clock;
  /** Seconds that an answer may be kept at most. */
  readonly ttl: number;
}

/**
 * Completes what the published names say with the addresses that the whole server finds at this
 * moment for a name's host names. They stand under the name itself, without CNAMEs, and for as long
 * as the upstreams allow.
 */
export async function withUpstreamAddresses(
  request: Request,
  found: Lookup,
  hosts: UpstreamHosts,
  { plugin, resolve, clock, ttl }: UpstreamAccess,
): Promise<Reply> {
  const aliases = found.answer.filter((record) => record.type === Type.CNAME);
  const followed = [
    ...request.aliases,
    ...aliases.map(({ owner }) => keyOfWire(owner)),
    ...Array.from({ length: HOST_LINKS }, () => request.key),
  ];
  if (followed.length > MAX_LINKS) return chainTooLong(plugin);
  const pending = hosts.names.map((key) =>
    resolve({ ...request, name: key, key, aliases: followed }),
  );
  const hasAddresses = (reply: Reply) => addressesIn(reply, request.type).length > 0;
  const replies = await settledSoon(pending, hasAddresses, GRACE_MS, clock);
  const good = replies.filter((reply) => reply !== undefined && hasAddresses(reply)) as Reply[];
  if (good.length === 0) {
    const hasOwn = found.authority.length === 0;
    return hasOwn || isDenial(replies)
      ? lookupReply(plugin, found)
      : failure(plugin, hosts.names, replies);
  }
  const own = found.answer.slice(aliases.length);
  const records = [...own, ...good.flatMap((reply) => addressesIn(reply, request.type))];
  // The CNAMEs on the way to an address bound its life too.
  const least = Math.min(ttl, ...good.flatMap(({ answer }) => answer.map((record) => record.ttl)));
  const rrset = oneSet(records).map(({ address }) => addressRecord(hosts.owner, address, least));
  return { ...lookupReply(plugin, found), answer: [...aliases, ...rrset], authority: [] };
}

function addressesIn(reply: Reply, type: number): ResourceRecord[] {
  if (reply.rcode !== Rcode.NOERROR) return [];
  return reply.answer.filter(
    ({ type: its, class: code = Class.IN }) => its === type && code === Class.IN,
  );
}

function oneSet(records: readonly ResourceRecord[]): { address: Uint8Array }[] {
  const seen = new Map<string, { address: Uint8Array }>();
  for (const { data } of records) {
    if (data.kind !== 'address' || seen.size >= MAX_ADDRESSES) continue;
    seen.set(data.address.join('.'), { address: data.address });
  }
  return [...seen.values()];
}

/** One of the names exists, without such an address; or none of them exists. */
function isDenial(replies: readonly (Reply | undefined)[]): boolean {
  const isAnswered = (reply: Reply | undefined) => reply !== undefined && !reply.isSilent;
  return (
    replies.some((reply) => isAnswered(reply) && reply?.rcode === Rcode.NOERROR) ||
    replies.every((reply) => reply?.rcode === Rcode.NXDOMAIN)
  );
}

function failure(
  plugin: string,
  names: readonly NameKey[],
  replies: readonly (Reply | undefined)[],
): Reply {
  const at = replies.findIndex((reply) => reply?.rcode !== Rcode.NXDOMAIN);
  const reply = replies[at];
  const name = textOf(names[at] ?? names[0]!);
  const said = reply === undefined || reply.isSilent ? 'no answer' : rcodeName(reply.rcode);
  const why = reply?.error?.text || (said === 'REFUSED' ? 'REFUSED: nobody here forwards' : said);
  const text = `no addresses of ${name}: ${why}`;
  return errorReply(plugin, Rcode.SERVFAIL, reply?.error?.code ?? ExtendedError.OTHER, text);
}

/** What the published names say, as a reply. */
export function lookupReply(plugin: string, found: Lookup): Reply {
  return {
    ...answerReply(plugin, found.answer),
    rcode: found.rcode,
    authoritative: found.authoritative,
    authority: found.authority,
    additional: found.additional,
    error: found.error,
  };
}

/**
 * What promises have come to, in their order: all of them, or those that have come `graceMs` after
 * the first good one; undefined for the rest. Rejects when one of them does before that.
 */
function settledSoon<T>(
  promises: readonly Promise<T>[],
  isGood: (value: T) => boolean,
  graceMs: number,
  clock: Clock,
): Promise<(T | undefined)[]> {
  const values: (T | undefined)[] = promises.map(() => undefined);
  let left = promises.length;
  let timer: Timer | undefined;
  return new Promise<(T | undefined)[]>((resolve, reject) => {
    const done = () => resolve([...values]);
    const take = (value: T, at: number) => {
      values[at] = value;
      left--;
      if (left === 0) done();
      else if (isGood(value)) timer ??= clock.setTimeout(done, graceMs);
    };
    for (const [at, promise] of promises.entries()) {
      promise.then((value) => take(value, at)).catch(reject);
    }
  }).finally(() => timer?.cancel());
}
