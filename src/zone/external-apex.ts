import { Type } from '../dns/codes.ts';
import { keyOf, type NameKey } from '../dns/name.ts';
import { addressRecord, nameRecord } from '../dns/record.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import type { ServedZone } from './apex.ts';
import { type PackedName, packName } from './packed-name.ts';
import { sideServer } from './side-table.ts';

/**
 * The names that every zone beside the cluster's has: its own with NS records, `dns`, and `ns1.dns`
 * with the addresses at which clients outside find this server. `apex` is the label that stands for
 * `dns`. `pointers` are the PTR records of a reverse zone that is one address. The SOA record is
 * not here: its serial changes with every answer's data.
 */
export function compileSideApex(
  zone: ServedZone,
  apex: string,
  addresses: readonly Uint8Array[],
  ttl: number,
  pointers: PreparedAnswer | undefined,
): [NameKey, PackedName][] {
  const server = (sideServer(apex) + zone.key) as NameKey;
  const rrsets = [4, 16]
    .map((length) => addresses.filter((address) => address.length === length))
    .map((family) => family.map((address) => addressRecord(server, address, ttl)))
    .filter((records) => records.length > 0);
  const name = nameRecord(zone.key, Type.NS, server, ttl);
  const own = [
    // A zone has NS records (RFC 1034 section 4.2.1), but one that leads nowhere helps nobody.
    ...(rrsets.length > 0 ? [prepareAnswer(zone.key, zone.key, [name], rrsets.flat())] : []),
    ...(pointers === undefined ? [] : [pointers]),
  ];
  const answers = rrsets.map((records) => prepareAnswer(server, zone.key, records));
  return [
    [zone.key, packName(zone.index, own)],
    [(keyOf([apex]) + zone.key) as NameKey, packName(zone.index, [])],
    [server, packName(zone.index, answers)],
  ];
}
