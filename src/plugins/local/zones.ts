import { addressBytes, reverseLabels } from '../../dns/address.ts';
import { isAddressType, Type } from '../../dns/codes.ts';
import { isAtOrBelow, keyFromText, keyOf, type NameKey } from '../../dns/name.ts';
import { addressRecord, nameRecord } from '../../dns/record.ts';
import { longestZone } from '../../dns/zones.ts';
import { type EmptyZone, emptyZoneReply, negativeReply } from '../empty-zone.ts';
import type { Reply, Request } from '../plugin.ts';
import { answerReply } from '../reply.ts';

/** CoreDNS's: a week. What these names mean never changes. */
const TTL_SECONDS = 604_800;

const LOCALHOST = keyFromText('localhost');

const V4 = addressBytes('127.0.0.1')!;
const V6 = addressBytes('::1')!;
const POINTERS: readonly NameKey[] = [V4, V6].map((address) => keyOf(reverseLabels(address)));

/** The zones of this machine. */
export const LOCAL_ZONES: readonly NameKey[] = [
  LOCALHOST,
  ...['0', '127', '255'].map((byte) => keyFromText(`${byte}.in-addr.arpa`)),
  POINTERS[1]!,
];

/** What CoreDNS's records say. */
const ZONE: EmptyZone = {
  ttl: TTL_SECONDS,
  server: LOCALHOST,
  contact: keyFromText('root.localhost'),
  refresh: 0,
  retry: 0,
  expire: 0,
};

/** What is said to a question in the zones of this machine; undefined for names outside them. */
export function localReply(plugin: string, request: Request): Reply | undefined {
  const { key, name, type } = request;
  const zone = longestZone(key, LOCAL_ZONES);
  if (zone === undefined) return undefined;
  const isLocalhost = zone === LOCALHOST;
  if (isLocalhost && isAddressType(type)) return loopbackReply(plugin, request);
  if (type === Type.PTR && POINTERS.includes(key)) {
    return answerReply(plugin, [nameRecord(name, Type.PTR, LOCALHOST, TTL_SECONDS)]);
  }
  const apex = name.slice(name.length - zone.length);
  const exists =
    isLocalhost || key === zone || POINTERS.some((pointer) => isAtOrBelow(pointer, key));
  return emptyZoneReply(plugin, request, ZONE, apex, exists);
}

/**
 * This machine's addresses under whatever name; NODATA for other types. RFC 6761 section 6.3: A and
 * AAAA are "the IP loopback address", for all else "immediate negative responses".
 */
export function loopbackReply(plugin: string, { name, type }: Request): Reply {
  if (!isAddressType(type)) return negativeReply(plugin, ZONE, name, true);
  return answerReply(plugin, [addressRecord(name, type === Type.A ? V4 : V6, TTL_SECONDS)]);
}
