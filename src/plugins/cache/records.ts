import { Type } from '../../dns/codes.ts';
import { readUint32 } from '../../dns/header.ts';
import { keyOfWire, type NameKey } from '../../dns/name.ts';
import { type RecordData, type ResourceRecord, saneTtl, withTtl } from '../../dns/record.ts';

/**
 * Records as they are stored: one TTL an RRset, no OPT ("OPT RRs MUST NOT be cached", RFC 6891
 * section 6.1.1), and the question's own name folded wherever it is an owner, so that a hit can put
 * the client's case there.
 */
export function settled(
  records: readonly ResourceRecord[],
  question: NameKey,
): readonly ResourceRecord[] {
  if (records.length === 0) return records;
  const [first] = records;
  if (records.length === 1 && first!.type !== Type.OPT)
    return [inQuestion(first!, question, ttlOf(first!))];
  const kept = records.filter((record) => record.type !== Type.OPT);
  const sets = kept.map((record, index) => setOf(record, index));
  const lowest = new Map<string, number>();
  for (const [index, record] of kept.entries()) {
    const set = sets[index]!;
    lowest.set(set, Math.min(lowest.get(set) ?? Number.POSITIVE_INFINITY, ttlOf(record)));
  }
  return kept.map((record, index) => inQuestion(record, question, lowest.get(sets[index]!)!));
}

function inQuestion(record: ResourceRecord, question: NameKey, ttl: number): ResourceRecord {
  const owner = keyOfWire(record.owner) === question ? question : record.owner;
  return withTtl(record, ttl, owner);
}

/** Lowest TTL of all; Infinity of none. */
export function lowestTtl(records: readonly ResourceRecord[]): number {
  return records.reduce((ttl, record) => Math.min(ttl, record.ttl), Number.POSITIVE_INFINITY);
}

/** The MINIMUM of an SOA record, seconds: its last four bytes when the data was kept as it came. */
export function soaMinimum(data: RecordData): number {
  if (data.kind === 'start') return saneTtl(data.start.minimum);
  if (data.kind !== 'raw' || data.bytes.length < 20) return 0;
  return saneTtl(readUint32(data.bytes, data.bytes.length - 4));
}

/** Whether a signature is valid now, in serial number arithmetic (RFC 4034 section 3.1.5). */
export function isInForce(signature: RecordData, wallSeconds: number): boolean {
  if (signature.kind !== 'raw' || signature.bytes.length < 18) return false;
  const untilExpiration = (readUint32(signature.bytes, 8) - wallSeconds) | 0;
  const sinceInception = (wallSeconds - readUint32(signature.bytes, 12)) | 0;
  return untilExpiration >= 0 && sinceInception >= 0;
}

/**
 * RFC 2181 section 5.2: differing TTLs in an RRset are an error, and the client "should treat the
 * RRs for all purposes as if all TTLs in the RRset had been set to the value of the lowest".
 * Signatures are no RRset.
 */
function setOf(record: ResourceRecord, index: number): string {
  return record.type === Type.RRSIG ? `#${index}` : `${record.type} ${keyOfWire(record.owner)}`;
}

function ttlOf(record: ResourceRecord): number {
  return saneTtl(record.ttl);
}
