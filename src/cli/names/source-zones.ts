import type { NameSource } from '../../config/name-sources.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { ExtraNames } from '../../zone/extra-names.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { RecordTable, ZoneOptions } from '../../zone/options.ts';
import { UsageError } from '../command.ts';
import { contentRecords } from './content-records.ts';
import type { LoadedSources } from './load-sources.ts';
import { zoneRecords } from './zone-records.ts';

/** Where names of a source are: its own, and those of `k8s_external` and `k8s_gateway`. */
const TABLES: readonly RecordTable[] = ['cluster', 'external', 'gateway'];

/** The zones that a source has names of a kind in. */
export function zonesIn(options: ZoneOptions, table: RecordTable): readonly string[] {
  return table === 'cluster' ? options.zones : (options[table]?.zones ?? []);
}

/** The published names of a kind. */
export function namesOf(
  live: LiveZone,
  options: ZoneOptions,
  table: RecordTable,
): LiveZone | ExtraNames {
  const extra = table === 'cluster' ? undefined : options[table];
  return table === 'cluster' || extra === undefined ? live : new ExtraNames(live, table, extra);
}

/** How many names of the zone have addresses that only others know. */
export function lookedUpNames(names: LiveZone | ExtraNames, zone: ServedZone): number {
  let count = 0;
  for (const name of names.names()) {
    if (name.zone === zone.index && name.hosts !== undefined) count++;
  }
  return count;
}

/** A zone of a source. */
export interface SourceZone {
  readonly source: NameSource;
  readonly table: RecordTable;
  /** Of the zone among those of the table. */
  readonly index: number;
}

interface FoundZone extends SourceZone {
  /** A later source has the zone too. */
  readonly isElsewhere: boolean;
}

/**
 * The first source with the zone that was named, or else with any forward zone.
 *
 * @throws {UsageError} when no source has it.
 */
export function findZone(sources: readonly NameSource[], wanted: string | undefined): FoundZone {
  const places = TABLES.flatMap((table) => sources.map((source) => ({ source, table })));
  const zones = [...new Set(places.flatMap(({ source, table }) => zonesIn(source.zone, table)))];
  const zone =
    wanted === undefined
      ? zones.find((one) => !isReverseZone(one))
      : wanted.toLowerCase().replace(/\.$/, '');
  const having = places.filter((one) =>
    zonesIn(one.source.zone, one.table).some((name) => name === zone),
  );
  const [first] = having;
  if (first !== undefined && zone !== undefined) {
    const index = zonesIn(first.source.zone, first.table).indexOf(zone);
    return { ...first, index, isElsewhere: having.some(({ source }) => source !== first.source) };
  }
  throw unknownZone(wanted ?? '', zone ?? '', zones);
}

/** Every zone of the sources, each of the first that has it. */
export function allZones(sources: readonly NameSource[]): readonly SourceZone[] {
  const found = new Map<string, SourceZone>();
  for (const table of TABLES) {
    for (const source of sources) {
      for (const [index, zone] of zonesIn(source.zone, table).entries()) {
        if (!found.has(zone)) found.set(zone, { source, table, index });
      }
    }
  }
  return [...found.values()];
}

/** The records of a zone that say something of its objects, in canonical order. */
export function recordsIn(
  { source, table, index }: SourceZone,
  loaded: LoadedSources,
): Iterable<ResourceRecord> {
  const names = namesOf(loaded.of(source).live, source.zone, table);
  const served = names.zones[index] as ServedZone;
  // Whatever the serial is, the SOA record is left out.
  return contentRecords(zoneRecords(names, served, 0), served);
}

function unknownZone(wanted: string, zone: string, zones: readonly string[]): UsageError {
  const meant = didYouMean(zone, zones);
  const served = zones.map(zoneText).join(', ');
  return new UsageError(
    `Unknown zone ${quoted(wanted)}${meant === '' ? `: expected one of ${served}` : meant}`,
  );
}
