import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nameSources } from '../../config/name-sources.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import { quoted } from '../../corefile/problems.ts';
import { isReverseZone } from '../../corefile/zone-name.ts';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { loadSources } from '../names/load-sources.ts';
import { Progress } from '../progress.ts';
import { NoReplyError } from '../query/dns-client.ts';
import { type DnsServer, serverFromText, serverText } from '../query/server-address.ts';
import { printProblems, settingsOrExit } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';
import { compareBoth } from '../verify/against.ts';
import { networkAsker, stillAsker } from '../verify/asker.ts';
import { differenceReport, isAsDocumented } from '../verify/difference-report.ts';
import { type ExpectedAnswers, readExpected } from '../verify/expected-file.ts';
import { type Judged, judge } from '../verify/judge.ts';
import { paced } from '../verify/paced.ts';
import { VERIFY_FORMATS, type VerifyFormat, verifyReport } from '../verify/verify-report.ts';

/** What could not be found out, as opposed to what is not as expected. */
const TROUBLE = 2;

const DEFAULT_TIMEOUT_MS = 2000;
const DEFAULT_RATE = 1000;

/** Questions under way at once: a server with one thread is busy with that. */
const AT_ONCE = 32;

const HELP = `Compares answers with those that a file expects, or with those of another server.

Usage: svcdns verify FILE... [OPTIONS]
       svcdns verify --against SERVER [OPTIONS]

FILE is a list of questions in YAML, or records as dig prints them, or - for standard input:

  - name: web.shop.svc.cluster.local    web.shop.svc.cluster.local. 5 IN A 10.96.0.10
    type: A                             ;; NODATA web.shop.svc.cluster.local. AAAA
    answers: [10.96.0.10]               ;; NXDOMAIN nope.shop.svc.cluster.local. A
    ttl: 5
  - name: db                            svcdns records --format verify writes such a file.
    from: shop
    rcode: NXDOMAIN

Without --server, the answers are those that a server would give that is started with the same
options; nothing is started for that.

Options:
  --manifests DIR  a folder or a file of manifests, kustomize:DIR or helm:CHART; may be given
                   more than once. Default: what the settings name, or the folder zones
  --server ADDR    ask this server, at port 53 by default, over UDP, and TCP for what does not fit
  --against SERVER compare with the answers of this server, to every question about the names of the
                   folder or cluster; what docs/compatibility.md explains is no failure
  --format FORMAT  text, json, or junit (XML). Default: text
  --timeout MS     how long each of three tries waits for a reply. Default: ${DEFAULT_TIMEOUT_MS}
  --rate N         questions a second to each server, at most. Default: ${DEFAULT_RATE}
  --config FILE    the Corefile whose zones, plugins and manifests are used
  -h, --help

Options of svcdns serve that decide which names there are:
${nameFlagLines('zone')}
  --zone ZONE      the cluster's domain, also for \`from\` with --server. Default: cluster.local

Exit codes: 0 all as expected, 1 some are not, 2 a file cannot be read, or nothing was answered, or
wrong usage.

Examples:
  svcdns records k8s --format verify > expected.txt
  svcdns verify expected.txt --manifests k8s
  svcdns verify expected.yaml --server 10.96.0.10 --format junit > report.xml
  svcdns verify --against 10.96.0.10 --kube
`;

const OPTIONS = {
  ...NAME_FLAGS,
  zone: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  server: { type: 'string' },
  against: { type: 'string' },
  format: { type: 'string' },
  timeout: { type: 'string' },
  rate: { type: 'string' },
  config: { type: 'string' },
} as const;

/** The command with its way to read manifests: a test gives its own. */
export function verifyCommand(load: LoadOnce): Command {
  return { name: 'verify', help: HELP, run: (args, io) => runVerify(args, io, load) };
}

export const verify: Command = verifyCommand(loadNames);

async function runVerify(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  const { server, against, format, timeout, rate, ...options } = values;
  const given = {
    files: positionals,
    server: server === undefined ? undefined : serverFromText(server),
    against: against === undefined ? undefined : serverFromText(against),
    format: oneOf('--format', format ?? 'text', VERIFY_FORMATS),
    timeoutMs: wholeNumber('--timeout', timeout ?? String(DEFAULT_TIMEOUT_MS), [1, 600_000]),
    perSecond: wholeNumber('--rate', rate ?? String(DEFAULT_RATE), [1, 1_000_000]),
    options: commandLineOptions(options),
    zone: values.zone ?? 'cluster.local',
  };
  if (given.against === undefined && positionals.length === 0) {
    throw new UsageError('Expected a file of expected answers, as in svcdns verify expected.yaml');
  }
  if (given.against === undefined && server !== undefined && values.manifests !== undefined) {
    throw new UsageError('Cannot ask both --server and --manifests: expected one of them');
  }
  try {
    if (given.against === undefined) return await verifyFiles(given, io, load);
    return await verifyAgainst(given.against, given, io, load);
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    io.stderr(`svcdns verify: No answer: ${error.message}\n`);
    return TROUBLE;
  }
}

/** The command line, read. */
interface Given {
  readonly files: readonly string[];
  readonly server: DnsServer | undefined;
  readonly format: VerifyFormat;
  readonly timeoutMs: number;
  readonly perSecond: number;
  readonly options: CommandLineOptions;
  readonly zone: string;
}

async function verifyFiles(given: Given, io: CommandIo, load: LoadOnce): Promise<number> {
  const { server, timeoutMs, perSecond, format } = given;
  const settings = server === undefined ? settingsOf(given, io) : undefined;
  if (settings === TROUBLE) return TROUBLE;
  const zone = settings === undefined ? given.zone : clusterDomain(settings);
  const { expectations, problems } = readFiles(given.files, zone, io);
  printProblems(problems, io);
  if (problems.length > 0) return TROUBLE;
  const loaded = settings && (await loadSources(settings, load, io));
  if (settings !== undefined && loaded === undefined) return TROUBLE;
  const asker =
    settings !== undefined && loaded !== undefined
      ? await stillAsker(settings, loaded, io)
      : await networkAsker(server as DnsServer, zone, timeoutMs, io);
  if (asker === undefined) return TROUBLE;
  const pace = {
    atOnce: AT_ONCE,
    perSecond: server === undefined ? Number.POSITIVE_INFINITY : perSecond,
    clock: io.clock,
  };
  const progress = new Progress(io);
  const judged: Judged[] = [];
  await paced(
    expectations,
    pace,
    async (one, index) => {
      judged[index] = await judge(one, asker);
    },
    (done) => progress.show(() => `${done} of ${expectations.length} questions`),
  );
  progress.end();
  await asker.close();
  io.stdout(verifyReport(format, judged));
  return judged.every(({ isMet }) => isMet) ? Exit.OK : Exit.FAILED;
}

async function verifyAgainst(
  against: DnsServer,
  given: Given,
  io: CommandIo,
  load: LoadOnce,
): Promise<number> {
  const { server, files, timeoutMs, perSecond, format } = given;
  if (files.length > 0) {
    throw new UsageError(
      `Cannot use ${quoted(files[0] as string)} with --against: questions are those about all names`,
    );
  }
  const settings = settingsOf(given, io);
  if (settings === TROUBLE) return TROUBLE;
  const loaded = await loadSources(settings, load, io);
  if (loaded === undefined) return TROUBLE;
  const network = async (one: DnsServer) => {
    const asker = await networkAsker(one, clusterDomain(settings), timeoutMs, io);
    return { asker, name: serverText(one) };
  };
  const still = server === undefined ? await stillAsker(settings, loaded, io) : undefined;
  if (server === undefined && still === undefined) return TROUBLE;
  const ours = still ? { asker: still, name: 'svcdns' } : await network(server as DnsServer);
  const theirs = await network(against);
  const pace = { atOnce: AT_ONCE, perSecond, clock: io.clock };
  const comparison = await compareBoth({ ours, theirs }, loaded, pace, io);
  await Promise.all([ours.asker.close(), theirs.asker.close()]);
  io.stdout(differenceReport(format, comparison));
  return isAsDocumented(comparison) ? Exit.OK : Exit.FAILED;
}

function settingsOf({ options }: Given, io: CommandIo): Settings | typeof TROUBLE {
  const loaded = settingsOrExit(options, io);
  return 'exit' in loaded ? TROUBLE : loaded.settings;
}

function clusterDomain(settings: Settings): string {
  const zones = nameSources(settings).flatMap((source) => source.zone.zones);
  return zones.find((zone) => !isReverseZone(zone)) ?? 'cluster.local';
}

/** @throws {UsageError} for a file that is not there. */
function readFiles(files: readonly string[], zone: string, io: CommandIo): ExpectedAnswers {
  const all = files.map((file) => {
    const isInput = file === '-';
    const bytes = readOrThrow(isInput ? 0 : resolve(io.cwd, file), file);
    return readExpected(isInput ? 'stdin' : file, bytes, zone);
  });
  return {
    expectations: all.flatMap(({ expectations }) => expectations),
    problems: all.flatMap(({ problems }) => problems),
  };
}

function readOrThrow(file: string | number, shown: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
    throw new UsageError(`Cannot read ${quoted(shown)}: ${why}`);
  }
}
