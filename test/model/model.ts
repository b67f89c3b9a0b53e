import type { ZoneOptions } from '../../src/zone/options.ts';
import { canonicalName, typeName } from '../helpers/zone-text.ts';
import { grouped, isInside, type ModelRecord, type ModelZone, recordLine, upTo } from './record.ts';
import type { World } from './visible.ts';
import { modelZones, recordsOnDemand } from './zones.ts';

export type { World } from './visible.ts';

/** A question of class IN. */
export interface Question {
  /** Presentation form, dot-ended. */
  readonly name: string;
  /** `A`, `TYPE65` or a number. */
  readonly type: string | number;
}

/** What must come back. Sections are sets of records as zone-file text, SOA serials are `*`. */
export interface ModelAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  /** Other replies that are as right as this one: ANY may be answered with any one RRset. */
  readonly alternatives?: readonly ModelAnswer[];
}

/**
 * The right answer, from the documents alone: list all records of each zone, then look the question
 * up by RFC 1034 section 4.3.2. Slow and plain, because it judges the implementation.
 */
export function modelAnswer(world: World, question: Question, options: ZoneOptions): ModelAnswer {
  return model(world, options)(question);
}

/** `modelAnswer` for many questions about one world: the zones are listed once. */
export function model(world: World, options: ZoneOptions): (question: Question) => ModelAnswer {
  const zones = modelZones(world, options).map((zone): SearchableZone => {
    const owners = [...zone.records.map(({ owner }) => owner), ...zone.bareNames];
    const names = new Set(owners.flatMap((owner) => upTo(zone.apex, owner)));
    const byOwner = grouped(zone.records, ({ owner }) => owner);
    return {
      ...zone,
      recordsAt: (name) => [
        ...(byOwner.get(name) ?? []),
        ...recordsOnDemand(world, options, zone.apex, name),
      ],
      exists: (name) => names.has(name),
    };
  });
  return ({ name, type }) => {
    const qtype = typeName(type);
    // Zone transfers need the transfer plugin.
    if (qtype === 'AXFR' || qtype === 'IXFR') return EMPTY('REFUSED');
    const qname = canonicalName(name);
    return zoneOf(zones, qname) === undefined ? EMPTY('REFUSED') : lookUp(zones, qname, qtype, 0);
  };
}

interface SearchableZone extends ModelZone {
  recordsAt(name: string): ModelRecord[];
  exists(name: string): boolean;
}

/** Links of a CNAME chain that are followed; one more is a failure. */
const MOST_LINKS = 10;

const EMPTY = (rcode: ModelAnswer['rcode']): ModelAnswer => ({
  rcode,
  answer: [],
  authority: [],
  additional: [],
});

function lookUp(
  zones: readonly SearchableZone[],
  qname: string,
  qtype: string,
  links: number,
): ModelAnswer {
  const zone = zoneOf(zones, qname);
  if (zone === undefined) return EMPTY('NOERROR'); // a CNAME led out of our zones

  const records = zone.recordsAt(qname);
  const alias = records.find(({ type }) => type === 'CNAME');
  if (alias !== undefined) return lookUpAlias(zones, alias, qtype, links);

  if (qtype === 'ANY' && records.length > 0) return anyAnswer(records);

  const rrset = records.filter(({ type }) => type === qtype);
  if (rrset.length > 0) return positive(rrset);

  // RFC 2308 section 2, RFC 8020: a name exists when it or anything below it has records.
  const exists = records.length > 0 || zone.exists(qname);
  return { ...EMPTY(exists ? 'NOERROR' : 'NXDOMAIN'), authority: [zone.soa] };
}

function zoneOf(zones: readonly SearchableZone[], name: string): SearchableZone | undefined {
  return zones
    .filter((zone) => isInside(zone.apex, name))
    .toSorted((a, b) => b.apex.length - a.apex.length)[0];
}

/** RFC 1034 section 3.6.2: an alias answers every type, and its target is looked up in its turn. */
function lookUpAlias(
  zones: readonly SearchableZone[],
  alias: ModelRecord,
  qtype: string,
  links: number,
): ModelAnswer {
  if (links === MOST_LINKS) return EMPTY('SERVFAIL');
  const only = positive([alias]);
  if (qtype === 'CNAME') return only;

  const rest = lookUp(zones, canonicalName(alias.data), qtype, links + 1);
  const prefixed = (end: ModelAnswer): ModelAnswer =>
    end.rcode === 'SERVFAIL' ? end : { ...end, answer: [recordLine(alias), ...end.answer] };
  const alternatives = (rest.alternatives ?? []).map(prefixed);
  // ANY matches the CNAME itself, so a server may also stop here.
  if (qtype === 'ANY') alternatives.push(only);
  return alternatives.length > 0 ? { ...prefixed(rest), alternatives } : prefixed(rest);
}

/** RFC 8482 section 4.1: "responding with a subset of available RRsets", here exactly one. */
function anyAnswer(records: readonly ModelRecord[]): ModelAnswer {
  const rrsets = [...grouped(records, ({ type }) => type).values()].map(positive);
  const [first = EMPTY('NOERROR'), ...others] = rrsets;
  // Additional records are a courtesy (RFC 1034 section 3.7), so doing without is right as well.
  const bare = rrsets.map((reply) => ({ ...reply, additional: [] }));
  return { ...first, alternatives: [...others, ...bare] };
}

function positive(rrset: readonly ModelRecord[]): ModelAnswer {
  return {
    rcode: 'NOERROR',
    answer: [...new Set(rrset.map(recordLine))],
    authority: [],
    additional: [...new Set(rrset.flatMap(({ additional }) => additional))],
  };
}
