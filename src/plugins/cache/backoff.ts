import type { Entry } from './entry.ts';

/**
 * A question that fails again and again is tried less and less often, down to this. Whoever waits
 * for his network to come back waits no longer than a serve_stale refresh would (RFC 8767 section
 * 5).
 */
const MAX_BACKOFF_MS = 30_000;

/** A failure after a longer silence is the first again: RFC 9520's limit for keeping one at all. */
const MEMORY_MS = 300_000;

/**
 * How long the last of so many failures in a row is kept: `servfailMs`, twice that after the second
 * … (RFC 9520 section 3.2: "Resolvers SHOULD employ an exponential or linear backoff algorithm").
 * ms.
 */
export function failureMs(failures: number, servfailMs: number): number {
  const most = Math.max(servfailMs, MAX_BACKOFF_MS);
  return servfailMs === 0 ? 0 : Math.min(servfailMs * 2 ** Math.min(failures - 1, 16), most);
}

/** The number of a failure that comes now. */
export function failuresAfter(before: Entry | undefined, servfailMs: number, now: number): number {
  if (before === undefined) return 1;
  const silence = now - before.storedAt - failureMs(before.failures, servfailMs);
  return silence < MEMORY_MS ? before.failures + 1 : 1;
}
