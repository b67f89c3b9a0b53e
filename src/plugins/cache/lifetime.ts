import { Rcode } from '../../dns/codes.ts';
import { type ResourceRecord, withTtl } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';
import { forClient } from '../reply.ts';
import type { Entry } from './entry.ts';
import type { CacheOptions, StoreOptions } from './options.ts';
import { type Sections, unpackSections } from './packed-records.ts';
import type { EntryKind } from './slots.ts';

/** RFC 8914 section 4: Stale Answer, Cached Error, Stale NXDOMAIN Answer. */
const ExtendedError = { STALE: 3, CACHED_ERROR: 13, STALE_NXDOMAIN: 19 } as const;

/** Failures count as denials. */
export function limitsOf(kind: EntryKind, options: CacheOptions): StoreOptions {
  return kind === 'positive' ? options.success : options.denial;
}

/** How long an entry is good, ms, by the present options: a reload may have changed them. */
export function lifetimeMs(entry: Entry, options: CacheOptions): number {
  if (entry.kind === 'failure') return failureMs(entry.failures, options.servfailMs);
  return 1000 * clamped(entry.ttl, limitsOf(entry.kind, options));
}

/** The reply to a hit, TTLs counted down, in the case of the client's question. */
export function freshReply(
  entry: Entry,
  request: Request,
  options: CacheOptions,
  now: number,
  sections = unpackSections(entry, request.name),
): Reply {
  const age = ageOf(entry, options, now);
  const limits = limitsOf(entry.kind, options);
  const reply = withTtls(entry, sections, request, (ttl) => clamped(ttl, limits) - age);
  if (entry.kind !== 'failure') return reply;
  const text = entry.error?.text ?? 'the last attempt failed';
  return { ...reply, error: { code: ExtendedError.CACHED_ERROR, text } };
}

/** How much is taken from the TTLs of an entry, seconds. */
export function ageOf(entry: Entry, { keepTtl }: CacheOptions, now: number): number {
  return keepTtl ? 0 : Math.floor((now - entry.storedAt) / 1000);
}

/** The reply to a hit whose time is over (RFC 8767). */
export function staleReply(entry: Entry, request: Request, ttl: number): Reply {
  const code = entry.rcode === Rcode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN : ExtendedError.STALE;
  const error = { code, text: 'the answer is out of date and could not be refreshed yet' };
  const sections = unpackSections(entry, request.name);
  return { ...withTtls(entry, sections, request, () => ttl), error };
}

/** A reply that is not stored, its TTLs capped: clients keep it no longer than others. */
export function capped(reply: Reply, { success, denial }: CacheOptions): Reply {
  const isAnswer = reply.rcode === Rcode.NOERROR && reply.answer.length > 0;
  const { maxTtl } = isAnswer ? success : denial;
  const sections = [reply.answer, reply.authority, reply.additional] as const;
  if (!sections.some((records) => records.some(({ ttl }) => ttl > maxTtl))) return reply;
  const [answer, authority, additional] = sections.map((records) =>
    records.map((record) => withTtl(record, Math.min(record.ttl, maxTtl))),
  ) as [ResourceRecord[], ResourceRecord[], ResourceRecord[]];
  return { ...reply, answer, authority, additional };
}

/** A TTL within the limits of its store. */
export function clamped(ttl: number, { minTtl, maxTtl }: StoreOptions): number {
  return Math.min(Math.max(ttl, minTtl), maxTtl);
}

/** Not authoritative, as it is a copy, and without options, which were another client's. */
function withTtls(
  entry: Entry,
  { answer, authority, additional }: Sections,
  request: Request,
  ttlOf: (ttl: number) => number,
): Reply {
  const aged = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
    records.length === 0 ? records : records.map((record) => withTtl(record, ttlOf(record.ttl)));
  const reply: Reply = {
    rcode: entry.rcode,
    authoritative: false,
    recursionAvailable: entry.recursionAvailable,
    authenticData: entry.authenticData,
    truncated: false,
    answer: aged(answer),
    authority: aged(authority),
    // Additional records do not shorten the life of an answer, and go when their own time is over.
    additional: aged(additional).filter((record) => record.ttl > 0),
    options: [],
    error: entry.error,
    plugin: 'cache',
    isSilent: false,
  };
  return forClient(reply, request);
}

/**
 * A question that fails again and again is tried less and less often, but at least this often: as
 * often as a serve_stale refresh (RFC 8767 section 5).
 */
const MAX_BACKOFF_MS = 30_000;

/** After this long a failure counts as the first again: RFC 9520's limit for keeping one. */
const MAX_MEMORY_MS = 300_000;

/**
 * How long the last of so many failures in a row is kept, ms: `servfailMs`, twice that after the
 * second … (RFC 9520 section 3.2: "Resolvers SHOULD employ an exponential or linear backoff
 * algorithm").
 */
export function failureMs(failures: number, servfailMs: number): number {
  const max = Math.max(servfailMs, MAX_BACKOFF_MS);
  return servfailMs === 0 ? 0 : Math.min(servfailMs * 2 ** Math.min(failures - 1, 16), max);
}

/** How many failures in a row there are with one that comes now. */
export function failuresAfter(before: Entry | undefined, servfailMs: number, now: number): number {
  if (before === undefined) return 1;
  const silence = now - before.storedAt - failureMs(before.failures, servfailMs);
  return silence < MAX_MEMORY_MS ? before.failures + 1 : 1;
}
