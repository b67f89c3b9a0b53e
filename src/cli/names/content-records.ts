import { Type } from '../../dns/codes.ts';
import { keyOf, keyOfWire, type NameKey, parentOf } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { ServedZone } from '../../zone/apex.ts';

/**
 * The records of a zone, as `zoneRecords` gives them, that say something of its objects. Left out
 * is what a server says of itself, which is another on each machine: the SOA record with its
 * serial, NS records, and the addresses of `ns.dns`.
 */
export function* contentRecords(
  records: Iterable<ResourceRecord>,
  { key }: Pick<ServedZone, 'key'>,
): Generator<ResourceRecord> {
  const servers = new Set<NameKey>();
  const ofServers = (keyOf(['dns']) + key) as NameKey;
  for (const record of records) {
    const { type, data, owner } = record;
    if (type === Type.SOA) continue;
    if (type === Type.NS) {
      if (data.kind === 'name') servers.add(keyOfWire(data.name));
      continue;
    }
    const name = keyOfWire(owner);
    if (!servers.has(name) || parentOf(name) !== ofServers) yield record;
  }
}
