import { ExtendedError, Rcode, Type } from '../dns/codes.ts';
import type { NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { type CompiledName, recordsOf } from './answer.ts';
import type { ServedZone } from './apex.ts';
import type { LiveZone } from './live-zone.ts';

/** What the published names say to a question, in records. */
export interface Lookup {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly error?: { readonly code: number; readonly text: string };
  /** The answer ends with a CNAME to this name, which is in none of our zones. */
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

/** CNAMEs followed for one query, over all zones. Unbound and BIND stop at 11 restarts. */
const MAX_LINKS = 10;

/**
 * NODATA or NXDOMAIN. RFC 2308 section 3: "Name servers authoritative for a zone MUST include the
 * SOA record of the zone in the authority section of the response when reporting an NXDOMAIN or
 * indicating that no data of the requested type exists."
 */
export function negativeReply(
  rcode: number,
  apex: string,
  live: LiveZone,
  answer: readonly ResourceRecord[] = [],
): Lookup {
  return {
    rcode,
    authoritative: true,
    answer,
    authority: [live.soa.record(apex, live.serial)],
    additional: [],
  };
}

/**
 * Answers a query that met a CNAME: the CNAME, then whatever its target has of the type asked, as
 * long as the target is in our zones (RFC 1034 section 4.3.2 step 3a). The rcode is that of the
 * last name (RFC 6604 section 3). `owner` is the name in the client's letters, `name` what was
 * found there.
 */
function followAlias(owner: string, name: CompiledName, type: number, live: LiveZone): Lookup {
  const answer: ResourceRecord[] = [];
  let shown = owner;
  let current = name;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const alias = current.answers.find((prepared) => prepared.type === Type.CNAME);
    if (alias === undefined) return withTarget(answer, current, shown, type, live);
    if (links === MAX_LINKS) break;
    const records = recordsOf(current.key, alias).answer;
    answer.push(...records.map((record) => ({ ...record, owner: shown })));
    if (type === Type.CNAME || type === Type.ANY) return positive(answer);
    const target = targetOf(records);
    const zone = live.zoneOf(target);
    // Somebody else's name: what it leads to is for the client's resolver, or our forwarder, to
    // find.
    if (zone === undefined) return { ...positive(answer), outside: target };
    const next = live.find(target, zone);
    if (next === undefined) return negativeReply(Rcode.NXDOMAIN, zone.key, live, answer);
    current = next;
    shown = target;
  }
  const error = { code: ExtendedError.OTHER, text: `CNAME chain of over ${MAX_LINKS} links` };
  return { ...positive([]), rcode: Rcode.SERVFAIL, authoritative: false, error };
}

function withTarget(
  answer: readonly ResourceRecord[],
  name: CompiledName,
  shown: string,
  type: number,
  live: LiveZone,
): Lookup {
  const { hosts } = name;
  const own = withOwnRecords(answer, name, shown, type, live);
  if (hosts === undefined || (type !== Type.A && type !== Type.AAAA)) return own;
  return { ...own, hosts: { owner: shown, names: hosts } };
}

function withOwnRecords(
  answer: readonly ResourceRecord[],
  name: CompiledName,
  shown: string,
  type: number,
  live: LiveZone,
): Lookup {
  const zone = live.zones[name.zone] as ServedZone;
  if (type === Type.SOA && name.key === zone.key) {
    return positive([...answer, live.soa.record(shown, live.serial)]);
  }
  const prepared = name.answers.find((candidate) => candidate.type === type || type === Type.ANY);
  const apex = shown.slice(shown.length - zone.key.length);
  if (prepared === undefined) return negativeReply(Rcode.NOERROR, apex, live, answer);
  const found = recordsOf(name.key, prepared);
  const records = found.answer.map((record) => ({ ...record, owner: shown }));
  return { ...positive([...answer, ...records]), additional: found.additional };
}

function positive(answer: readonly ResourceRecord[]): Lookup {
  return { rcode: Rcode.NOERROR, authoritative: true, answer, authority: [], additional: [] };
}

function targetOf(records: readonly ResourceRecord[]): NameKey {
  const data = records[0]?.data;
  return (data?.kind === 'name' ? data.name : '') as NameKey;
}

/** What a name that exists says to a question; `shown` is the name in the client's letters. */
export function lookUp(shown: string, name: CompiledName, type: number, live: LiveZone): Lookup {
  if (name.answers.some((prepared) => prepared.type === Type.CNAME)) {
    return followAlias(shown, name, type, live);
  }
  return withTarget([], name, shown, type, live);
}
