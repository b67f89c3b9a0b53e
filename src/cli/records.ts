import { type NameSource, nameSources } from '../config/name-sources.ts';
import { didYouMean, quoted } from '../corefile/problems.ts';
import { isReverseZone, zoneText } from '../corefile/zone-name.ts';
import type { Problem } from '../kube/problem.ts';
import { packageVersion } from '../support/package-version.ts';
import type { ServedZone } from '../zone/apex.ts';
import { oneOf, readArguments } from './arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from './command.ts';
import { type LoadOnce, loadNames, serverAddresses } from './load-names.ts';
import { sortPaths } from './paths.ts';
import { sortedProblems } from './problem-text.ts';
import { printProblems, settingsOrExit } from './settings-report.ts';
import { jsonLines, zoneFileLines } from './zone-file.ts';
import { zoneRecords } from './zone-records.ts';

const HELP = `Prints all records of a zone, as a zone file that BIND and Knot accept, or as JSON.

Usage: svcdns records [PATH...] [OPTIONS]

PATH is a folder or a file of manifests. Without one: what the settings name, SVCDNS_MANIFESTS or
the Corefile, else the folder zones.

Options:
  --zone ZONE      which zone. Default: the first forward zone, cluster.local
  --format FORMAT  zone, or json: an array of {name, ttl, type, data}. Default: zone
  --config FILE    the Corefile whose zones, options and manifests are used
  -h, --help

Manifests with errors are left out, as the server leaves them out, and told on stderr.

Exit codes: 0 printed, 1 the settings are wrong, 2 wrong usage.

Examples:
  svcdns records k8s
  svcdns records k8s --zone in-addr.arpa
  svcdns records k8s --format json | jq -r '.[] | select(.type == "A") | .name'
`;

const OPTIONS = {
  zone: { type: 'string' },
  format: { type: 'string' },
  config: { type: 'string' },
} as const;

/** Text is handed on in pieces of this many characters: a system call a line would be slow. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Problems shown; `svcdns check` shows all. */
const MAX_PROBLEMS = 20;

/** The command with its way to read manifests: a test gives its own. */
export function recordsCommand(load: LoadOnce): Command {
  return {
    name: 'records',
    summary: 'print all records of a zone, as a zone file or JSON',
    help: HELP,
    run: (args, io) => runRecords(args, io, load),
  };
}

export const records: Command = recordsCommand(loadNames);

async function runRecords(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const format = oneOf('--format', values.format ?? 'zone', ['zone', 'json']);
  const given = manifestPaths(positionals, io.cwd);
  const { config } = values;
  const loaded = settingsOrExit(
    {
      ...(config === undefined ? {} : { config }),
      ...(given.length === 0 ? {} : { manifests: given }),
    },
    io,
  );
  if ('exit' in loaded) return loaded.exit;
  const { settings } = loaded;
  const sources = nameSources(settings);
  if (sources.length === 0) {
    io.stderr('svcdns records: no kubernetes directive in the Corefile: there are no records\n');
    return Exit.FAILED;
  }
  const { source, index, isElsewhere } = findZone(sources, values.zone);
  const manifests = given.length > 0 ? given : source.manifests;
  const { live, summary } = await load(manifests, source.zone, serverAddresses(settings));
  tellErrors(summary.problems, io);
  const zone = live.zones[index] as ServedZone;
  if (isElsewhere) {
    const name = zoneText(source.zone.zones[index] as string);
    io.stderr(
      `More than one kubernetes block has the zone ${name}: these are the records of the first\n`,
    );
  }
  const all = zoneRecords(live, zone, io.clock.wallSeconds());
  const madeUp = source.zone.pods === 'insecure' && !zone.isReverse;
  const comments = [
    `Made by svcdns ${packageVersion()} from manifests.`,
    ...(madeUp
      ? ['With `pods insecure`, 1-2-3-4.NAMESPACE.pod is made up when asked for, and not listed.']
      : []),
  ];
  const lines =
    format === 'json'
      ? jsonLines(all)
      : zoneFileLines({ apex: zone.key, ttl: live.ttl, comments }, all);
  writeLines(lines, io);
  return Exit.OK;
}

function manifestPaths(paths: readonly string[], cwd: string): readonly string[] {
  const { manifests, corefiles } = sortPaths(paths, cwd);
  const [other] = corefiles;
  if (other === undefined) return manifests;
  throw new UsageError(
    `Cannot read manifests from ${quoted(other)}: expected a folder or a .yaml, .yml or .json file; a Corefile goes behind --config`,
  );
}

interface FoundZone {
  readonly source: NameSource;
  /** Of the zone among those of the source. */
  readonly index: number;
  /** A later source has the zone too. */
  readonly isElsewhere: boolean;
}

/** The first source with the zone that was asked for, or else with any forward zone. */
function findZone(sources: readonly NameSource[], wanted: string | undefined): FoundZone {
  const zones = [...new Set(sources.flatMap((source) => source.zone.zones))];
  const zone =
    wanted === undefined
      ? zones.find((one) => !isReverseZone(one))
      : wanted.toLowerCase().replace(/\.$/, '');
  const having = sources.filter((one) => one.zone.zones.some((name) => name === zone));
  const [source] = having;
  if (source !== undefined && zone !== undefined) {
    return { source, index: source.zone.zones.indexOf(zone), isElsewhere: having.length > 1 };
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

function tellErrors(problems: readonly Problem[], io: CommandIo): void {
  const errors = sortedProblems(problems.filter(({ severity }) => severity === 'error'));
  printProblems(errors.slice(0, MAX_PROBLEMS), io);
  const more = errors.length - MAX_PROBLEMS;
  if (more > 0) io.stderr(`… and ${more} more: run svcdns check\n`);
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
