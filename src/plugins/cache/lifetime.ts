import { Rcode } from '../../dns/codes.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';
import { failureMs } from './backoff.ts';
import type { Entry, EntryKind } from './entry.ts';
import type { CacheOptions, StoreOptions } from './options.ts';
import { type Sections, unpackSections } from './packed-records.ts';

/** RFC 8914 section 4: Stale Answer, Cached Error, Stale NXDOMAIN Answer. */
const ExtendedError = { STALE: 3, CACHED_ERROR: 13, STALE_NXDOMAIN: 19 } as const;

/** Failures count as denials. */
export function limitsOf(kind: EntryKind, options: CacheOptions): StoreOptions {
  return kind === 'positive' ? options.success : options.denial;
}

/**
 * How long an entry is good, ms. By the options of today: a reload may have changed them since it
 * was stored.
 */
export function lifetimeMs(entry: Entry, options: CacheOptions): number {
  if (entry.kind === 'failure') return failureMs(entry.failures, options.servfailMs);
  return 1000 * clamped(entry.ttl, limitsOf(entry.kind, options));
}

/** The reply to a hit, TTLs counted down, in the letters of the client's question. */
export function freshReply(
  entry: Entry,
  request: Request,
  options: CacheOptions,
  now: number,
  sections = unpackSections(entry, request.name),
): Reply {
  const age = options.keepTtl ? 0 : Math.floor((now - entry.storedAt) / 1000);
  const limits = limitsOf(entry.kind, options);
  const reply = withTtls(entry, sections, request, (ttl) => clamped(ttl, limits) - age);
  if (entry.kind !== 'failure') return reply;
  const text = entry.error?.text ?? 'the last attempt failed';
  return { ...reply, error: { code: ExtendedError.CACHED_ERROR, text } };
}

/** The reply to a hit whose time is over (RFC 8767). */
export function staleReply(entry: Entry, request: Request, ttl: number): Reply {
  const code = entry.rcode === Rcode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN : ExtendedError.STALE;
  const error = { code, text: 'the answer is out of date and could not be refreshed yet' };
  const sections = unpackSections(entry, request.name);
  return { ...withTtls(entry, sections, request, () => ttl), error };
}

/**
 * A reply that is not stored, with no TTL over what it could be stored for: clients keep it no
 * longer than others.
 */
export function capped(reply: Reply, { success, denial }: CacheOptions): Reply {
  const isAnswer = reply.rcode === Rcode.NOERROR && reply.answer.length > 0;
  const { maxTtl } = isAnswer ? success : denial;
  const sections = [reply.answer, reply.authority, reply.additional] as const;
  if (!sections.some((records) => records.some(({ ttl }) => ttl > maxTtl))) return reply;
  const [answer, authority, additional] = sections.map((records) =>
    records.map((record) => ({ ...record, ttl: Math.min(record.ttl, maxTtl) })),
  ) as [ResourceRecord[], ResourceRecord[], ResourceRecord[]];
  return { ...reply, answer, authority, additional };
}

/** AD says nothing to a client that did not ask with DO or AD (RFC 6840 section 5.8). */
export function forClient(reply: Reply, request: Request): Reply {
  if (!reply.authenticData || request.authenticData || request.edns?.dnssecOk === true) {
    return reply;
  }
  return { ...reply, authenticData: false };
}

function clamped(ttl: number, { minTtl, maxTtl }: StoreOptions): number {
  return Math.min(Math.max(ttl, minTtl), maxTtl);
}

/** Not authoritative, as it is a copy, and without the options of somebody else's reply. */
function withTtls(
  entry: Entry,
  { answer, authority, additional }: Sections,
  request: Request,
  ttlOf: (ttl: number) => number,
): Reply {
  const aged = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
    records.length === 0
      ? records
      : records.map((record) => ({ ...record, ttl: ttlOf(record.ttl) }));
  const reply: Reply = {
    rcode: entry.rcode,
    authoritative: false,
    recursionAvailable: entry.recursionAvailable,
    authenticData: entry.authenticData,
    truncated: false,
    answer: aged(answer),
    authority: aged(authority),
    // What is only extra does not shorten the life of an answer, and goes when its own time is
    // over.
    additional: aged(additional).filter((record) => record.ttl > 0),
    options: [],
    error: entry.error,
    plugin: 'cache',
    isSilent: false,
  };
  return forClient(reply, request);
}
