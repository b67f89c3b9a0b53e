import type { LoadResult } from '../../config/load.ts';
import { nameSources, placesOf } from '../../config/name-sources.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import { DEFAULT_ZONE, DEFAULTS, type Settings } from '../../config/settings.ts';
import { type LoadSummary, mergeSummaries, type SourceSummary } from '../../control/summary.ts';
import type { Problem } from '../../kube/problem.ts';
import { OFF } from '../../plugins/flag.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { Linting } from '../check/linting.ts';
import { type Command, type CommandIo, Exit } from '../command.ts';
import { keptAddresses, type LoadOnce, loadNames, serverAddresses } from '../names/load-names.ts';
import { corefilesIn, type GivenPaths, mustExist, sortPaths } from '../names/paths.ts';
import { shownLoad } from '../names/shown-load.ts';
import { checkReport, FORMATS, type Format } from '../report/check-report.ts';
import { sortedProblems } from '../report/problem-text.ts';
import { isAboutFound, pluginProblems, settingsOf } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';

const HELP = `Reads manifests and Corefiles as the server would, and reports everything that is wrong.

Usage: svcdns check [PATH...] [OPTIONS]

PATH is a manifest (.yaml, .yml, .json), a Corefile (another name and text), a folder of manifests,
kustomize:DIR or helm:CHART for what these render, or - for manifests on standard input. A Corefile
in a folder is checked too. Without PATH: what the settings name, SVCDNS_MANIFESTS or the Corefile,
else the folder zones.

Options:
  --format FORMAT  text, json, sarif (2.1.0, for code scanning), or github (annotations of GitHub
                   Actions). Default: text
  --strict         count warnings as errors
  --disable ID     leave out what has this code, or the rule's id, which is the code in small
                   letters; several are joined by commas
  --config FILE    the Corefile whose zones and manifests are used; it is checked too
  -h, --help       print this help

Options of svcdns serve that decide which names there are:
${nameFlagLines()}

Each problem is a line: file:line:column: severity: message [CODE]. An error refuses a document or
stops the server; warnings and hints only inform. What DNS makes of valid objects, rules tell: each
has a page in docs/lint, whose name is the code in small letters with dashes, the ID. In a file, the
comment # svcdns-lint: disable=ID on the line, above it, or above the whole document silences one.

Addresses that a server of the same user has given out are its own: SVCDNS_STATE says where they are
kept, or off.

Exit codes: 0 clean, 1 errors found, 2 wrong usage.

Examples:
  svcdns check k8s
  svcdns check Corefile k8s --strict
  svcdns check k8s --format sarif > svcdns.sarif
  svcdns check k8s --disable service-without-endpoints,cluster-basics-missing
  helm template . | svcdns check -
`;

const OPTIONS = {
  ...NAME_FLAGS,
  format: { type: 'string' },
  strict: { type: 'boolean' },
  disable: { type: 'string', multiple: true },
  config: { type: 'string' },
} as const;

/** The command with its way to read manifests: a test gives its own. */
export function checkCommand(load: LoadOnce): Command {
  return {
    name: 'check',
    help: HELP,
    run: (args, io) => runCheck(args, io, load),
  };
}

export const check: Command = checkCommand(loadNames);

async function runCheck(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  const format: Format = oneOf('--format', values.format ?? 'text', FORMATS);
  const { config, disable = [], ...options } = values;
  const linting = new Linting(disable, io.cwd);
  const given = sortPaths(positionals, io.cwd);
  const { manifests } = given;
  // No file: it leaves out the Corefile of the working folder.
  const isOff = config === OFF;
  const corefiles = [
    ...(config === undefined || isOff ? [] : [config]),
    ...given.corefiles,
    ...corefilesIn(positionals, io.cwd),
  ];
  for (const file of corefiles) mustExist(file, io.cwd);

  const configured = await checkCorefiles(
    { manifests, corefiles },
    commandLineOptions(isOff ? { ...options, config } : options),
    io,
    linting,
  );
  const loaded = await loadManifests(manifests, configured.settings, shownLoad(load, io), linting);
  const found = [...configured.problems, ...(loaded?.problems ?? [])];
  const { shown, silenced } = linting.judge(found);
  const problems = sortedProblems(shown);
  io.stdout(checkReport(format, problems, loaded, sortedProblems(silenced)));
  const isBad = ({ severity }: Problem) =>
    severity === 'error' || (values.strict === true && severity === 'warning');
  return problems.some(isBad) ? Exit.FAILED : Exit.OK;
}

/** What the Corefiles come to: settings, of the first that gives any, and their problems. */
interface Configured {
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
}

async function checkCorefiles(
  { manifests, corefiles }: GivenPaths,
  options: CommandLineOptions,
  io: CommandIo,
  linting: Linting,
): Promise<Configured> {
  const paths = manifests.length > 0 ? manifests : undefined;
  const mustFind = paths === undefined && 'at once';
  if (corefiles.length === 0) {
    const result = settingsOf(options, io, { paths, mustFind });
    const { settings, problems } = result;
    if (paths !== undefined) return { settings, problems: problems.filter(isOfOptions) };
    const { chainProblems } = await import('../../app.ts');
    const ofPlugins = pluginProblems(result, chainProblems);
    return { settings, problems: [...problems, ...ofPlugins, ...linting.corefile(result)] };
  }
  const results = corefiles.map((config) =>
    settingsOf({ ...options, config }, io, { paths, mustFind }),
  );
  const { chainProblems } = await import('../../app.ts');
  return {
    settings: results.find(({ settings }) => settings !== undefined)?.settings,
    problems: results.flatMap(({ problems }, at) => {
      // A Corefile that only lacks a source has plugins to check all the same.
      const lacksSource = problems.some(({ code }) => code === 'COREFILE_NO_SOURCE');
      const config = corefiles[at] as string;
      const result = lacksSource
        ? settingsOf({ ...options, config }, io, { paths: [io.cwd] })
        : (results[at] as LoadResult);
      return [
        ...problems.flatMap(withoutOurs),
        ...pluginProblems(result, chainProblems),
        ...linting.corefile(result),
      ];
    }),
  };
}

/** When only manifests are named, a Corefile elsewhere is not checked, but options are. */
function isOfOptions(problem: Problem): boolean {
  const isOption = /^(?:-|SVCDNS_)/.test(problem.origin.file);
  return (isOption && problem.severity === 'error') || isAboutFound(problem);
}

/** Leaves out what is due to this command and not to the Corefile. */
function withoutOurs(problem: Problem): Problem[] {
  // The folder may well be given on the server's command line.
  if (problem.code === 'COREFILE_NO_SOURCE') return [{ ...problem, severity: 'warning' }];
  return [problem];
}

async function loadManifests(
  given: readonly string[],
  settings: Settings | undefined,
  load: LoadOnce,
  linting: Linting,
): Promise<LoadSummary | undefined> {
  const sources = settings === undefined ? [] : nameSources(settings);
  // What was named is read whatever else the settings say, of which the first is as good as any.
  const named = sources[0] ?? { manifests: given, zone: DEFAULT_ZONE };
  const wanted = given.length > 0 ? [named] : sources;
  if (wanted.length === 0) return undefined;
  const { state } = (settings ?? DEFAULTS).options;
  const addresses = serverAddresses(settings ?? DEFAULTS);
  const loaded: SourceSummary[] = [];
  for (const source of wanted) {
    const kept: Problem[] = [];
    const given = keptAddresses(state, source, (problem) => kept.push(problem));
    const names = await load(source, addresses, given, linting.facts);
    const { summary } = names;
    const problems = [...kept, ...summary.problems, ...linting.objects(source, names)];
    loaded.push({ manifests: placesOf(source), summary: { ...summary, problems } });
  }
  return mergeSummaries(loaded);
}
