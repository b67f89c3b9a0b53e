import { keyOfWire } from './name.ts';
import type { ResourceRecord } from './record.ts';

/**
 * Whether two records are of one RRset. Owners are compared without regard to the case of their
 * letters (RFC 4343 section 3): an upstream may write one name in two ways.
 */
export function areOfOneRrset(one: ResourceRecord, other: ResourceRecord): boolean {
  if (one.type !== other.type || one.class !== other.class) return false;
  return one.owner === other.owner || keyOfWire(one.owner) === keyOfWire(other.owner);
}
