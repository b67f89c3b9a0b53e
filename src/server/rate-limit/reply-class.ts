import { Rcode } from '../../dns/codes.ts';
import { HEADER_BYTES, readUint16 } from '../../dns/header.ts';
import { type NameKey, ROOT } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';

/** The limits that a reply can fall under; each kind has accounts of its own. */
export const REPLY_KINDS = ['responses', 'nodata', 'nxdomains', 'errors'] as const;

export type ReplyKind = (typeof REPLY_KINDS)[number];

/** Of which kind a reply is; `output` holds it. */
export function kindOf(output: Uint8Array, rcode: number): ReplyKind {
  if (rcode === Rcode.NXDOMAIN) return 'nxdomains';
  if (rcode !== Rcode.NOERROR) return 'errors';
  return hasAnswer(output) || isTruncated(output) ? 'responses' : 'nodata';
}

/**
 * The name whose replies of this kind share an account. Names that exist are few; of those that do
 * not there is no end, so they count for their zone, the owner of the SOA record. Errors are all
 * one.
 */
export function accountName(query: Query, output: Uint8Array, kind: ReplyKind): NameKey {
  if (kind === 'errors') return ROOT;
  // An alias whose target does not exist.
  if (kind === 'responses' || hasAnswer(output)) return query.key;
  const at = query.questionEnd;
  const hasAuthority = readUint16(output, 8) > 0;
  if (!hasAuthority || output[at]! < 0xc0) return ROOT;
  // The writer points to the question for every name that is part of it, and the zone is.
  const start = (readUint16(output, at) & 0x3fff) - HEADER_BYTES;
  return query.key.slice(start) as NameKey;
}

function hasAnswer(output: Uint8Array): boolean {
  return readUint16(output, 6) > 0;
}

function isTruncated(output: Uint8Array): boolean {
  return (output[2]! & 0x02) !== 0;
}
