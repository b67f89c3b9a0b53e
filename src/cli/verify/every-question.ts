import { isReverseZone } from '../../corefile/zone-name.ts';
import { keyOf, MAX_NAME_BYTES, textOf } from '../../dns/name.ts';
import { searchDomains } from '../../explain/search-list.ts';
import { pushTo } from '../../support/collections.ts';
import type { LoadedSources } from '../names/load-sources.ts';
import { allZones, namesOf, zonesIn } from '../names/source-zones.ts';
import type { Question } from './known-differences.ts';

/** Types that a name is asked for: those it may have, those programs ask for, and one for all. */
const TYPES = ['A', 'AAAA', 'SRV', 'PTR', 'CNAME', 'TXT', 'SOA', 'NS', 'MX', 'HTTPS', 'ANY'];

/** What resolvers ask for as they go through a search list. */
const SEARCHED_TYPES = ['A', 'AAAA'];

/** A name outside, as a Pod asks for it, and one that no Service has. */
const OUTSIDE = 'www.example.com';
const MISSING = 'no-such-service';

/** What a server says of itself is another on each machine. */
const OF_SERVER = keyOf(['ns', 'dns']);

/** Enough to find one that the other server has too, where it has most. */
const MAX_BELOW = 4;

/** All names of the sources, in lower case, and what is to be known of them. */
export interface EveryName {
  /** Those with records, and those without that are between others. */
  readonly all: ReadonlySet<string>;
  readonly existing: ReadonlySet<string>;
  /** Names above those with records, and some of these, `MAX_BELOW` at most. */
  readonly above: ReadonlyMap<string, readonly string[]>;
  /** The forward zones, with their final dots. */
  readonly zones: readonly string[];
  /** The forward zone of the cluster that search lists end with, without its dot. */
  readonly domain: string;
}

/** The names that there are. */
export function everyName(loaded: LoadedSources): EveryName {
  const all = new Set<string>();
  const existing = new Set<string>();
  const above = new Map<string, string[]>();
  const forward = new Set<string>();
  for (const { source, table, index } of allZones(loaded.sources)) {
    const zone = zonesIn(source.zone, table)[index] as string;
    if (!isReverseZone(zone)) forward.add(`${zone}.`);
    const names = namesOf(loaded.of(source).live, source.zone, table);
    for (const name of names.names()) {
      if (name.zone !== index) continue;
      const text = textOf(name.key);
      all.add(text);
      if (name.answers.length > 0 || name.hosts !== undefined) existing.add(text);
    }
  }
  for (const name of existing) {
    const labels = name.split('.');
    for (let at = 1; at < labels.length - 1; at++) {
      const higher = labels.slice(at).join('.');
      if ((above.get(higher)?.length ?? 0) < MAX_BELOW) pushTo(above, higher, name);
    }
  }
  const [first = 'cluster.local.'] = forward;
  return { all, existing, above, zones: [...forward], domain: first.slice(0, -1) };
}

/**
 * Every question that is put to two servers: each name with every type, and what search lists make
 * of the Services' names and of a name outside. NS at the zones and all at `ns.dns` are left out.
 */
export function* everyQuestion({ all, zones, domain }: EveryName): Generator<Question> {
  for (const name of byLabels(all)) {
    const isApex = zones.includes(name) || /^(?:in-addr|ip6)\.arpa\.$/.test(name);
    if (isOfServer(name)) continue;
    for (const type of TYPES) if (!(isApex && type === 'NS')) yield { name, type };
  }
  for (const name of byLabels(missedNames(all, domain))) {
    if (all.has(name)) continue;
    for (const type of SEARCHED_TYPES) yield { name, type };
  }
}

/** What is in one zone, one namespace and one Service stands together. */
function byLabels(names: ReadonlySet<string>): string[] {
  const ordered = [...names].map((name) => ({ name, order: name.split('.').reverse().join('\0') }));
  return ordered.sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ name }) => name);
}

function isOfServer(name: string): boolean {
  return name.startsWith(textOf(OF_SERVER));
}

/** Names that are asked for on the way to one that there is. */
function missedNames(all: ReadonlySet<string>, domain: string): ReadonlySet<string> {
  const found = new Set<string>();
  const searched = (namespace: string, written: string) => {
    for (const one of searchDomains(namespace, domain)) {
      const name = `${written}.${one}.`;
      if (name.length < MAX_NAME_BYTES) found.add(name);
    }
  };
  const namespaces = new Set<string>();
  for (const name of all) {
    const [, service, namespace] =
      (name.endsWith(`.svc.${domain}.`) &&
        /^([^._]+)\.([^.]+)$/.exec(name.slice(0, -`.svc.${domain}.`.length))) ||
      [];
    if (service === undefined || namespace === undefined) continue;
    namespaces.add(namespace);
    const short = `${service}.${namespace}`;
    for (const written of [service, short, `${short}.svc`, `${short}.svc.${domain}`]) {
      searched(namespace, written);
    }
  }
  for (const namespace of namespaces) {
    for (const written of [OUTSIDE, MISSING]) searched(namespace, written);
  }
  return found;
}
