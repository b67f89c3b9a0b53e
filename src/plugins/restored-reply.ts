import { ExtendedError } from '../dns/codes.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { Reply } from './plugin.ts';

/**
 * Seconds that others may keep an answer from an earlier run: what is true now is about to be
 * known.
 */
const RESTORED_TTL = 1;

/**
 * A reply from names of an earlier run, which says so (RFC 8914 section 4.4, "Stale Answer") and is
 * soon asked again. `savedAt` is in Unix seconds; undefined for names of this run, whose replies
 * stay as they are.
 */
export function restoredReply(reply: Reply, savedAt: number | undefined): Reply {
  if (savedAt === undefined || reply.error !== undefined) return reply;
  const saved = new Date(savedAt * 1000).toISOString();
  return {
    ...reply,
    answer: shortened(reply.answer),
    authority: shortened(reply.authority),
    additional: shortened(reply.additional),
    error: {
      code: ExtendedError.STALE_ANSWER,
      text: `as of ${saved}: the manifests have not been read yet`,
    },
  };
}

function shortened(records: readonly ResourceRecord[]): ResourceRecord[] {
  return records.map((record) => ({ ...record, ttl: Math.min(record.ttl, RESTORED_TTL) }));
}
