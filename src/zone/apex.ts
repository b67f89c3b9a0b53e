import { Type } from '../dns/codes.ts';
import { keyFromText, keyOf, type NameKey } from '../dns/name.ts';
import { addressRecord, nameRecord, type ResourceRecord, textRecord } from '../dns/record.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import type { TargetZone } from './names.ts';
import { type PackedName, packName } from './packed-name.ts';
import { answersOf } from './records.ts';

/** A zone as configured: forward zones hold Services and pods, reverse zones PTR records. */
export interface ServedZone extends TargetZone {
  readonly isReverse: boolean;
}

/** A name server to put into NS records: a name relative to the zone, and an address. */
export interface NameServer {
  readonly target: NameKey;
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
 * The names that every zone has: its apex with NS records, `ns.dns` with our own addresses, and in
 * forward zones `svc`, `pod` and `dns-version`. `pointers` are the PTR records of a reverse zone
 * that is one address. The SOA record is not here: its serial changes with every answer's data.
 */
export function compileApex(
  zone: ServedZone,
  servers: readonly NameServer[],
  ttl: number,
  ownAddresses: readonly Uint8Array[],
  pointers: PreparedAnswer | undefined,
): [NameKey, PackedName][] {
  const at = (...labels: string[]) => (keyOf(labels) + zone.key) as NameKey;
  const name = (key: NameKey, answers: PreparedAnswer[] = []): [NameKey, PackedName] => [
    key,
    packName(zone.index, answers),
  ];
  // A Service's name under a reverse zone, which CoreDNS gives here, would lead nowhere.
  const named = zone.isReverse ? ownServers(ownAddresses) : servers;
  const own = named.map(({ address }) => ({
    address,
    port: undefined,
    portName: '',
    protocol: '',
    target: SERVER_NAME,
  }));
  const names = [
    name(zone.key, [...nameServerAnswers(zone.key, named, ttl), ...(pointers ? [pointers] : [])]),
    name(at('dns')),
    name(at('ns', 'dns'), answersOf(at('ns', 'dns'), zone.key, own, ttl)),
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
  return addresses.map((address) => ({ target: SERVER_NAME, address }));
}

function nameServerAnswers(
  apex: NameKey,
  servers: readonly NameServer[],
  ttl: number,
): PreparedAnswer[] {
  const targets = [...new Set(servers.map((server) => server.target))];
  if (targets.length === 0) return [];
  const records = targets.map((target) => nameRecord(apex, Type.NS, target + apex, ttl));
  const glue: ResourceRecord[] = targets.flatMap((target) =>
    [4, 16].flatMap((length) =>
      servers
        .filter((server) => server.target === target && server.address.length === length)
        .map((server) => addressRecord(target + apex, server.address, ttl)),
    ),
  );
  return [prepareAnswer(apex, apex, records, glue)];
}
