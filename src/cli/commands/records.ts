import { nameSources } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { Provenances } from '../../control/provenance.ts';
import { quoted } from '../../corefile/problems.ts';
import { zoneText } from '../../corefile/zone-name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { recordText } from '../../dns/text.ts';
import { originText } from '../../kube/origin.ts';
import { accessText } from '../../sources/kubeapi/access/access.ts';
import { UNREADABLE } from '../../sources/kubeapi/trouble.ts';
import { OBJECT_OVERLAID } from '../../sources/overlay-source.ts';
import { packageVersion } from '../../support/process.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { RecordTable } from '../../zone/options.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { keptAddresses, type LoadOnce, loadNames, serverAddresses } from '../names/load-names.ts';
import { type LoadedSources, loadSources } from '../names/load-sources.ts';
import { sortPaths } from '../names/paths.ts';
import { shownLoad } from '../names/shown-load.ts';
import {
  allZones,
  findZone,
  lookedUpNames,
  namesOf,
  recordsIn,
  type SourceZone,
  zonesIn,
} from '../names/source-zones.ts';
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
  --zone ZONE      which zone. Default: the first forward zone, cluster.local; for verify, all
  --format FORMAT  zone, or json: an array of {name, ttl, type, data} and of where each record comes
                   from, {object, origin, by, from, nodePorts, external}, or verify: what svcdns
                   verify is to expect, without SOA, NS and the server's own addresses.
                   Default: zone
  --config FILE    the Corefile whose zones, options and manifests are used
  -h, --help       print this help

Options of svcdns serve that decide which names there are:
${nameFlagLines('zone')}

Manifests with errors are left out, as the server leaves them out, and reported on stderr.
Addresses that a server of the same user has given out are its own: SVCDNS_STATE says where they
are kept, or off.

Exit codes: 0 printed, 1 the settings are wrong, 2 wrong usage.

Examples:
  svcdns records k8s
  svcdns records k8s --format verify > expected.txt
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
  const format = oneOf('--format', values.format ?? 'zone', ['zone', 'json', 'verify']);
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
  if (format === 'verify') {
    const zones = zone === undefined ? allZones(sources) : [findZone(sources, zone)];
    return printExpected(zones, settings, io, load);
  }
  const { source, table, index, isElsewhere } = findZone(sources, zone);
  const { live, summary, provenances } = await shownLoad(load, io)(
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

/** The records of these zones as what `svcdns verify` is to expect. */
async function printExpected(
  zones: readonly SourceZone[],
  settings: Settings,
  io: CommandIo,
  load: LoadOnce,
): Promise<number> {
  const loaded = await loadSources(settings, load, io);
  if (loaded === undefined) return Exit.FAILED;
  writeLines(expectedLines(zones, loaded), io);
  return Exit.OK;
}

function* expectedLines(zones: readonly SourceZone[], loaded: LoadedSources): Generator<string> {
  yield '; What svcdns verify is to expect. Written by svcdns records --format verify.\n';
  for (const zone of zones) {
    for (const record of recordsIn(zone, loaded)) yield `${recordText(record)}\n`;
  }
}

function* withProvenance(
  records: Iterable<ResourceRecord>,
  table: RecordTable,
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
