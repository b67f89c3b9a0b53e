import { addressBytes, reverseLabels } from '../../dns/address.ts';
import { Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, keyFromText, keyOf, type NameKey } from '../../dns/name.ts';
import { addressRecord, nameRecord, type ResourceRecord, soaRecord } from '../../dns/record.ts';
import { longestZone } from '../../dns/zones.ts';
import type { Reply, Request } from '../plugin.ts';
import { answerReply } from '../reply.ts';

/** CoreDNS's: a week. What these names mean never changes. */
const TTL_SECONDS = 604_800;

const LOCALHOST = keyFromText('localhost');
const CONTACT = keyFromText('root.localhost');

const V4 = addressBytes('127.0.0.1')!;
const V6 = addressBytes('::1')!;
const POINTERS: readonly NameKey[] = [V4, V6].map((address) => keyOf(reverseLabels(address)));

/** The zones of this machine. */
export const LOCAL_ZONES: readonly NameKey[] = [
  LOCALHOST,
  ...['0', '127', '255'].map((byte) => keyFromText(`${byte}.in-addr.arpa`)),
  POINTERS[1]!,
];

/** What is said to a question in the zones of this machine; undefined for names outside them. */
export function localReply(plugin: string, request: Request): Reply | undefined {
  const zone = longestZone(request.key, LOCAL_ZONES);
  if (zone === undefined) return undefined;
  const apex = request.name.slice(request.name.length - zone.length);
  const isApex = request.key === zone;
  if (isApex && request.type === Type.SOA) return answerReply(plugin, [startOf(apex)]);
  if (isApex && request.type === Type.NS) {
    return answerReply(plugin, [nameRecord(request.name, Type.NS, LOCALHOST, TTL_SECONDS)]);
  }
  if (zone === LOCALHOST) return loopbackReply(plugin, request, apex);
  if (request.type === Type.PTR && POINTERS.includes(request.key)) {
    const pointer = nameRecord(request.name, Type.PTR, LOCALHOST, TTL_SECONDS);
    return answerReply(plugin, [pointer]);
  }
  const exists = isApex || POINTERS.some((pointer) => isAtOrBelow(pointer, request.key));
  return negative(plugin, exists ? Rcode.NOERROR : Rcode.NXDOMAIN, apex);
}

/**
 * This machine's addresses under whatever name; NODATA for other types, with the SOA record of the
 * zone `apex`. RFC 6761 section 6.3: A and AAAA are "the IP loopback address", for all else
 * "immediate negative responses".
 */
export function loopbackReply(plugin: string, request: Request, apex = request.name): Reply {
  const address = request.type === Type.A ? V4 : request.type === Type.AAAA ? V6 : undefined;
  if (address === undefined) return negative(plugin, Rcode.NOERROR, apex);
  return answerReply(plugin, [addressRecord(request.name, address, TTL_SECONDS)]);
}

function negative(plugin: string, rcode: number, apex: string): Reply {
  return { ...answerReply(plugin, []), rcode, authority: [startOf(apex)] };
}

/** CoreDNS's record. */
function startOf(apex: string): ResourceRecord {
  return soaRecord(apex, TTL_SECONDS, {
    mname: LOCALHOST,
    rname: CONTACT,
    serial: 1,
    refresh: 0,
    retry: 0,
    expire: 0,
    minimum: TTL_SECONDS,
  });
}
