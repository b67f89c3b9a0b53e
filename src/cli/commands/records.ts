import { type NameSource, nameSources } from '../../config/name-sources.ts';
import type { Provenances } from '../../control/provenance.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { originText } from '../../kube/origin.ts';
import { accessText } from '../../sources/kubeapi/access/access.ts';
import { UNREADABLE } from '../../sources/kubeapi/trouble.ts';
import { OBJECT_OVERLAID } from '../../sources/overlay-source.ts';
import { packageVersion } from '../../support/process.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { ExtraNames } from '../../zone/extra-names.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { ZoneOptions } from '../../zone/options.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { keptAddresses, type LoadOnce, loadNames, serverAddresses } from '../names/load-names.ts';
import { sortPaths } from '../names/paths.ts';
import { jsonLines, type KnownRecord, zoneFileLines } from '../names/zone-file.ts';
import { zoneRecords } from '../names/zone-records.ts';
import { counted } from '../report/problem-text.ts';
import { printProblems, reportErrors, settingsOrExit } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';

const HELP = `Prints all records of a zone, as a zone file that BIND and Knot accept, or as JSON.

Usage: svcdns records [PATH...] [OPTIONS]

PATH is a folder or a file of manifests, kustomize:DIR or helm:CHART for what these render, or - for
standard input. Without one: what the settings name, SVCDNS_MANIFESTS or the Corefile, else the
folder zones.

Options:
  --zone ZONE      which zone. Default: the first forward zone, cluster.local
  --format FORMAT  zone, or json: an array of {name, ttl, type, data} and of where each record comes
                   from, {object, origin, by, from, nodePorts, external}. Default: zone
  --config FILE    the Corefile whose zones, options and manifests are used
  -h, --help

Options of svcdns serve that decide which names there are:
${nameFlagLines('zone')}

Manifests with errors are left out, as the server leaves them out, and reported on stderr.
Addresses that a server of the same user has given out are its own: SVCDNS_STATE says where they
are kept, or off.

Exit codes: 0 printed, 1 the settings are wrong, 2 wrong usage.

Examples:
  svcdns records k8s
  svcdns records k8s --zone in-addr.arpa
  svcdns records k8s --format json | jq -r '.[] | select(.type == "A") | .name'
  svcdns records k8s --format json | jq -r '.[] | [.name, .data, .object, .origin, .by] | @tsv'
`;

const OPTIONS = {
  ...NAME_FLAGS,
  zone: { type: 'string' },
  format: { type: 'string' },
  config: { type: 'string' },
} as const;

/** Text is handed on in pieces of this many characters: a system call a line would be slow. */
const CHUNK_CHARACTERS = 64 * 1024;

/** The command with its way to read manifests: a test gives its own. */
export function recordsCommand(load: LoadOnce): Command {
  return {
    name: 'records',
    help: HELP,
    run: (args, io) => runRecords(args, io, load),
  };
}

export const records: Command = recordsCommand(loadNames);

async function runRecords(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  const format = oneOf('--format', values.format ?? 'zone', ['zone', 'json']);
  const given = manifestPaths(positionals, io.cwd);
  const { zone, ...options } = values;
  const paths = given.length === 0 ? undefined : given;
  const loaded = settingsOrExit(commandLineOptions(options), io, paths);
  if ('exit' in loaded) return loaded.exit;
  const { settings } = loaded;
  const sources = nameSources(settings);
  if (sources.length === 0) {
    io.stderr('svcdns records: no kubernetes directive in the Corefile: there are no records\n');
    return Exit.FAILED;
  }
  const { source, table, index, isElsewhere } = findZone(sources, zone);
  const { live, summary, provenances } = await load(
    source,
    serverAddresses(settings),
    keptAddresses(settings.options.state, source, (problem) => printProblems([problem], io)),
  );
  reportErrors(summary.problems, io);
  if (summary.problems.some(({ code }) => code === UNREADABLE)) return Exit.FAILED;
  const names = namesOf(live, source.zone, table);
  const served = names.zones[index] as ServedZone;
  if (isElsewhere) {
    const name = zoneText(zonesIn(source.zone, table)[index] as string);
    io.stderr(
      `More than one kubernetes block has the zone ${name}: these are the records of the first\n`,
    );
  }
  const all = zoneRecords(names, served, io.clock.wallSeconds());
  const madeUp = table === 'cluster' && source.zone.pods === 'insecure' && !served.isReverse;
  const lookedUp = lookedUpNames(names, served);
  const origin = source.cluster ? accessText(source.cluster.access) : 'manifests';
  const overlaid = summary.problems
    .filter(({ code }) => code === OBJECT_OVERLAID)
    .map(({ message, origin }) => `${originText(origin)}: ${message}`);
  const comments = [
    `Made by svcdns ${packageVersion()} from ${origin}.`,
    ...overlaid,
    ...(madeUp
      ? ['With `pods insecure`, 1-2-3-4.NAMESPACE.pod is made up when asked for, and not listed.']
      : []),
    ...(lookedUp > 0
      ? [`Not listed: addresses of ${counted(lookedUp, 'name')} that are looked up when asked for.`]
      : []),
  ];
  const lines =
    format === 'json'
      ? jsonLines(withProvenance(all, table, provenances()))
      : zoneFileLines({ apex: served.key, ttl: names.ttl, comments }, all);
  writeLines(lines, io);
  return Exit.OK;
}

function* withProvenance(
  records: Iterable<ResourceRecord>,
  table: Table,
  provenances: Provenances,
): Generator<KnownRecord> {
  for (const record of records) {
    yield { record, provenance: provenances.of(record, table) };
  }
}

function manifestPaths(paths: readonly string[], cwd: string): readonly string[] {
  const { manifests, corefiles } = sortPaths(paths, cwd);
  const [other] = corefiles;
  if (other === undefined) return manifests;
  throw new UsageError(
    `Cannot read manifests from ${quoted(other)}: expected a folder or a .yaml, .yml or .json file; a Corefile goes behind --config`,
  );
}

/** Where names of a source are: its own, and those of `k8s_external` and `k8s_gateway`. */
const TABLES = ['cluster', 'external', 'gateway'] as const;

type Table = (typeof TABLES)[number];

function zonesIn(options: ZoneOptions, table: Table): readonly string[] {
  return table === 'cluster' ? options.zones : (options[table]?.zones ?? []);
}

function namesOf(live: LiveZone, options: ZoneOptions, table: Table): LiveZone | ExtraNames {
  const extra = table === 'cluster' ? undefined : options[table];
  return table === 'cluster' || extra === undefined ? live : new ExtraNames(live, table, extra);
}

/** How many names of the zone have addresses that only others know. */
function lookedUpNames(names: LiveZone | ExtraNames, zone: ServedZone): number {
  let count = 0;
  for (const name of names.names()) {
    if (name.zone === zone.index && name.hosts !== undefined) count++;
  }
  return count;
}

interface FoundZone {
  readonly source: NameSource;
  readonly table: Table;
  /** Of the zone among those of the table. */
  readonly index: number;
  /** A later source has the zone too. */
  readonly isElsewhere: boolean;
}

/** The first source with the zone that was named, or else with any forward zone. */
function findZone(sources: readonly NameSource[], wanted: string | undefined): FoundZone {
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

function unknownZone(wanted: string, zone: string, zones: readonly string[]): UsageError {
  const meant = didYouMean(zone, zones);
  const served = zones.map(zoneText).join(', ');
  return new UsageError(
    `Unknown zone ${quoted(wanted)}${meant === '' ? `: expected one of ${served}` : meant}`,
  );
}

function writeLines(lines: Iterable<string>, io: CommandIo): void {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    io.stdout(chunk);
    chunk = '';
  }
  io.stdout(chunk);
}
