import { Type } from '../dns/codes.ts';
import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import { nameRecord, textRecord } from '../dns/record.ts';
import { groupBy } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import { type PackedName, packName } from './packed-name.ts';
import { addressAnswers, addressRRsets, distinctAddresses } from './records.ts';
import type { ZoneOfName } from './unit-name.ts';

/** A zone as configured: forward zones hold Services and pods, reverse zones PTR records. */
export interface ServedZone extends ZoneOfName {
  readonly isReverse: boolean;
}

/** A name server to put into NS records, at one of its addresses. */
export interface NameServer {
  /** Relative to the zone. */
  readonly name: NameKey;
  readonly address: Uint8Array;
}

/**
 * Kubernetes DNS specification section 2.1: the version of the schema, in the words of its example.
 */
const SCHEMA_VERSION = '1.1.0';
const SCHEMA_TTL = 28_800;

/** The name of this server when no Service leads to it; also the MNAME of every SOA record. */
export const SERVER_NAME = keyOf(['ns', 'dns']);

export function servedZones(zones: readonly string[]): ServedZone[] {
  return zones.map((zone, index) => ({
    index,
    key: keyFromText(zone),
    isReverse: /(^|\.)(in-addr|ip6)\.arpa$/.test(zone),
  }));
}

/**
 * The names that every zone has: its apex with NS records, `ns.dns` with the addresses of the same
 * servers, and in forward zones `svc`, `pod` and `dns-version`. `own` are the addresses we listen
 * on, `pointers` the PTR records of a reverse zone that is one address. The SOA record is not here:
 * its serial changes with every answer's data.
 */
export function compileApex(
  zone: ServedZone,
  servers: readonly NameServer[],
  own: readonly Uint8Array[],
  pointers: readonly PreparedAnswer[],
  ttl: number,
): [NameKey, PackedName][] {
  const at = (...labels: string[]) => (keyOf(labels) + zone.key) as NameKey;
  const name = (key: NameKey, answers: readonly PreparedAnswer[] = []): [NameKey, PackedName] => [
    key,
    packName(zone.index, answers),
  ];
  // A Service's name under a reverse zone, which CoreDNS gives here, would lead nowhere.
  const named = zone.isReverse ? ownServers(own) : servers;
  const server = at('ns', 'dns');
  const addresses = distinctAddresses(named.map(({ address }) => address));
  const names = [
    name(zone.key, [...nameServerAnswers(zone.key, named, ttl), ...pointers]),
    name(at('dns')),
    name(server, addressAnswers(server, zone.key, addresses, ttl)),
  ];
  if (zone.isReverse) return names;
  const version = at('dns-version');
  const text = textRecord(version, [SCHEMA_VERSION], SCHEMA_TTL);
  return [
    ...names,
    name(at('svc')),
    name(at('pod')),
    name(version, [prepareAnswer(version, zone.key, [text])]),
  ];
}

/** Ourselves, under the name that every zone has for us. */
export function ownServers(addresses: readonly Uint8Array[]): NameServer[] {
  return addresses.map((address) => ({ name: SERVER_NAME, address }));
}

/**
 * The NS records of a zone, with the addresses of the servers behind them. A zone has NS records
 * (RFC 1034 section 4.2.1), but one that leads nowhere is no help.
 */
export function nameServerAnswers(
  apex: NameKey,
  servers: readonly NameServer[],
  ttl: number,
): PreparedAnswer[] {
  if (servers.length === 0) return [];
  const byName = groupBy(servers, ({ name }) => (name + apex) as NameKey);
  const records = [...byName.keys()].map((name) => nameRecord(apex, Type.NS, name, ttl));
  const glue = [...byName].flatMap(([name, same]) =>
    addressRRsets(
      name,
      same.map(({ address }) => address),
      ttl,
    ).flat(),
  );
  return [prepareAnswer(apex, apex, records, glue)];
}
