import { ExtendedError, isAddressType, Rcode, Type } from '../dns/codes.ts';
import type { ExtendedErrorText } from '../dns/edns.ts';
import type { ReplyContent } from '../dns/message.ts';
import { keyOfWire, type NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { type CompiledName, recordsOf } from './answer.ts';
import type { ServedZone } from './apex.ts';
import type { RecordTable } from './options.ts';
import type { Soa } from './soa.ts';

/** The names of some zones: the cluster's, or those of a plugin beside it. */
export interface PublishedNames {
  readonly table: RecordTable;
  readonly zones: readonly ServedZone[];
  readonly soa: Soa;
  /** Unix seconds of the last change of any name; 0 before the first. */
  readonly serial: number;
  /** Seconds that answers may be kept. */
  readonly ttl: number;
  /** The sources have been read whole at least once. Until then nothing may be called missing. */
  readonly isSynced: boolean;
  /**
   * When the names were saved that are answered until the sources have been read, Unix seconds;
   * else undefined.
   */
  readonly restoredFrom: number | undefined;
  /**
   * What answers say while they may be out of date, as what they are made from cannot be followed;
   * else undefined.
   */
  readonly stale: ExtendedErrorText | undefined;
  /** What names are made from, in words for errors: `manifests`. */
  readonly objects: string;
  /**
   * The names are the cluster's: aliases are followed as long as they stay in these zones, and SOA
   * records show the letters of the question. Of other names the whole server is asked about each
   * alias's target, and SOA records show the letters of the configuration, as CoreDNS has it.
   */
  readonly isCluster: boolean;
  /** The zone with the longest name that `key` is in. */
  zoneOf(key: NameKey): ServedZone | undefined;
  /**
   * A name in `zone`, published or made up; undefined when it does not exist. One that stands for
   * another comes as that.
   */
  find(key: NameKey, zone: ServedZone): CompiledName | undefined;
}

/** What the published names say to a question, in records. */
export interface Lookup extends ReplyContent {
  /** The answer ends with a CNAME to this name, which is not to be found here. */
  readonly outside?: NameKey;
  /** To be completed with the addresses that upstreams have for these host names. */
  readonly hosts?: UpstreamHosts;
}

/** Host names whose addresses are also those of a name of ours. */
export interface UpstreamHosts {
  /** The name of ours, in the letters to be shown. */
  readonly owner: string;
  readonly names: readonly NameKey[];
}

/**
 * CNAMEs followed for one query, over all zones and plugins. Unbound and BIND stop at 11 restarts.
 */
export const MAX_LINKS = 10;

/**
 * What a name that exists says to a question; `shown` is the name in the client's letters. After a
 * CNAME it is whatever its target has of the type asked, as long as the target is in our zones
 * (RFC 1034 section 4.3.2 step 3a). The rcode is that of the last name (RFC 6604 section 3).
 */
export function lookUp(
  shown: string,
  name: CompiledName,
  type: number,
  names: PublishedNames,
): Lookup {
  const answer: ResourceRecord[] = [];
  let owner = shown;
  let current = name;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const alias = current.answers.find((prepared) => prepared.type === Type.CNAME);
    if (alias === undefined) return withTarget(answer, current, owner, type, names);
    if (links === MAX_LINKS) break;
    const records = recordsOf(current.key, alias).answer;
    answer.push(...ownedBy(owner, records));
    if (type === Type.CNAME || type === Type.ANY) return positive(answer);
    const target = targetOf(records);
    const zone = names.isCluster ? names.zoneOf(target) : undefined;
    // Not a name of ours: what it leads to is for the client's resolver, or our forwarder, to find.
    if (zone === undefined) return { ...positive(answer), outside: target };
    const next = names.find(target, zone);
    if (next === undefined) return negative(Rcode.NXDOMAIN, target, zone, names, answer);
    current = next;
    owner = target;
  }
  const error = { code: ExtendedError.OTHER, text: `CNAME chain of over ${MAX_LINKS} links` };
  return { ...positive([]), rcode: Rcode.SERVFAIL, authoritative: false, error };
}

/**
 * NODATA or NXDOMAIN for `shown`, a name in `zone`, behind the CNAMEs of `answer`. RFC 2308 section
 * 3: "Name servers authoritative for a zone MUST include the SOA record of the zone in the
 * authority section of the response when reporting an NXDOMAIN or indicating that no data of the
 * requested type exists."
 */
export function negative(
  rcode: number,
  shown: string,
  zone: ServedZone,
  names: PublishedNames,
  answer: readonly ResourceRecord[] = [],
): Lookup {
  const authority = [names.soa.record(apexIn(shown, zone, names), names.serial)];
  return { ...positive(answer), rcode, authority };
}

function withTarget(
  answer: readonly ResourceRecord[],
  name: CompiledName,
  shown: string,
  type: number,
  names: PublishedNames,
): Lookup {
  const { hosts } = name;
  const own = withOwnRecords(answer, name, shown, type, names);
  if (hosts === undefined || !isAddressType(type)) return own;
  return { ...own, hosts: { owner: shown, names: hosts } };
}

function withOwnRecords(
  answer: readonly ResourceRecord[],
  name: CompiledName,
  shown: string,
  type: number,
  names: PublishedNames,
): Lookup {
  const zone = names.zones[name.zone] as ServedZone;
  if (type === Type.SOA && name.key === zone.key) {
    const record = names.soa.record(apexIn(shown, zone, names), names.serial);
    return positive([...answer, ...ownedBy(shown, [record])]);
  }
  // RFC 8482 section 4.1: a responder may answer ANY with one RRset of its choice.
  const prepared = name.answers.find((candidate) => candidate.type === type || type === Type.ANY);
  if (prepared === undefined) return negative(Rcode.NOERROR, shown, zone, names, answer);
  const found = recordsOf(name.key, prepared);
  const records = [...answer, ...ownedBy(shown, found.answer)];
  return { ...positive(records), additional: found.additional };
}

function apexIn(shown: string, zone: ServedZone, { isCluster }: PublishedNames): string {
  return isCluster ? shown.slice(shown.length - zone.key.length) : zone.key;
}

function positive(answer: readonly ResourceRecord[]): Lookup {
  return { rcode: Rcode.NOERROR, authoritative: true, answer, authority: [], additional: [] };
}

function ownedBy(owner: string, records: readonly ResourceRecord[]): ResourceRecord[] {
  return records.map((record) => ({ ...record, owner }));
}

function targetOf(records: readonly ResourceRecord[]): NameKey {
  const data = records[0]?.data;
  return keyOfWire(data?.kind === 'name' ? data.name : '');
}
