import { Rcode, Type } from '../dns/codes.ts';
import { nameRecord, type ResourceRecord, soaRecord, type WireName } from '../dns/record.ts';
import type { Reply, Request } from './plugin.ts';
import { answerReply } from './reply.ts';

/** What the SOA and NS records of a zone say that this server has of its own; times in seconds. */
export interface EmptyZone {
  /** Of both records, and how long a client may remember that a name does not exist. */
  readonly ttl: number;
  /** The server that both name; the apex when left out. */
  readonly server?: WireName;
  readonly contact: WireName;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/**
 * The answer of a zone that has a SOA and a NS record and nothing else (RFC 6303 section 3). `apex`
 * is the end of the question's name that is the zone; `exists`: the name has no records, but is
 * there (RFC 8020).
 */
export function emptyZoneReply(
  plugin: string,
  request: Request,
  zone: EmptyZone,
  apex: WireName,
  exists: boolean,
): Reply {
  const isApex = request.name.length === apex.length;
  if (isApex && request.type === Type.SOA) return answerReply(plugin, [startOf(zone, apex)]);
  if (isApex && request.type === Type.NS) {
    return answerReply(plugin, [nameRecord(apex, Type.NS, zone.server ?? apex, zone.ttl)]);
  }
  return negativeReply(plugin, zone, apex, exists);
}

/** NODATA for a name that exists, else NXDOMAIN, with the SOA record of the zone. */
export function negativeReply(
  plugin: string,
  zone: EmptyZone,
  apex: WireName,
  exists: boolean,
): Reply {
  const rcode = exists ? Rcode.NOERROR : Rcode.NXDOMAIN;
  return { ...answerReply(plugin, []), rcode, authority: [startOf(zone, apex)] };
}

function startOf(
  { ttl, server, contact, refresh, retry, expire }: EmptyZone,
  apex: WireName,
): ResourceRecord {
  const times = { refresh, retry, expire, minimum: ttl };
  return soaRecord(apex, ttl, { mname: server ?? apex, rname: contact, serial: 1, ...times });
}
