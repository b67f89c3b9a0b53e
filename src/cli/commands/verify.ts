import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nameSources } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import { quoted } from '../../corefile/problems.ts';
import { isReverseZone } from '../../corefile/zone-name.ts';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { type DnsServer, serverFromText } from '../query/server-address.ts';
import { printProblems, settingsOrExit } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';
import { type Asker, networkAsker, stillAsker } from '../verify/asker.ts';
import { type ExpectedAnswers, readExpected } from '../verify/expected-file.ts';
import { judge } from '../verify/judge.ts';
import { paced } from '../verify/paced.ts';
import { VERIFY_FORMATS, type VerifyFormat, verifyReport } from '../verify/verify-report.ts';

/** What could not be found out, as opposed to what is not as expected. */
const TROUBLE = 2;

const DEFAULT_TIMEOUT_MS = 2000;
const DEFAULT_RATE = 1000;

/** Questions under way at once: a server with one thread is busy with that. */
const AT_ONCE = 32;

const HELP = `Compares answers with those that a file expects.

Usage: svcdns verify FILE... [OPTIONS]

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
  --format FORMAT  text, json, or junit (XML). Default: text
  --timeout MS     how long each of three tries waits for a reply. Default: ${DEFAULT_TIMEOUT_MS}
  --rate N         questions a second to a server, at most. Default: ${DEFAULT_RATE}
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
`;

const OPTIONS = {
  ...NAME_FLAGS,
  zone: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  server: { type: 'string' },
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
  const format: VerifyFormat = oneOf('--format', values.format ?? 'text', VERIFY_FORMATS);
  const timeout = values.timeout ?? String(DEFAULT_TIMEOUT_MS);
  const timeoutMs = wholeNumber('--timeout', timeout, [1, 600_000]);
  const perSecond = wholeNumber('--rate', values.rate ?? String(DEFAULT_RATE), [1, 1_000_000]);
  if (positionals.length === 0) {
    throw new UsageError('Expected a file of expected answers, as in svcdns verify expected.yaml');
  }
  const server = values.server === undefined ? undefined : serverFromText(values.server);
  if (server !== undefined && values.manifests !== undefined) {
    throw new UsageError('Cannot ask both --server and --manifests: expected one of them');
  }
  const { server: _, format: __, timeout: ___, rate: ____, ...options } = values;
  const settings = server === undefined ? settingsOf(options, io) : undefined;
  if (settings === TROUBLE) return TROUBLE;
  const zone = settings === undefined ? (values.zone ?? 'cluster.local') : clusterDomain(settings);
  const expected = readFiles(positionals, zone, io);
  printProblems(expected.problems, io);
  if (expected.problems.length > 0) return TROUBLE;
  const asker = await askerOf(server ?? settings, timeoutMs, load, io);
  if (asker === undefined) return TROUBLE;
  const { clock } = io;
  const pace = { atOnce: AT_ONCE, perSecond: server ? perSecond : Number.POSITIVE_INFINITY, clock };
  const judged = await paced(expected.expectations, pace, (one) => judge(one, asker));
  await asker.close();
  io.stdout(verifyReport(format, judged));
  if (judged.every(({ got }) => 'fault' in got)) return TROUBLE;
  return judged.every(({ isMet }) => isMet) ? Exit.OK : Exit.FAILED;
}

function settingsOf(
  options: Readonly<Record<string, unknown>>,
  io: CommandIo,
): Settings | typeof TROUBLE {
  const loaded = settingsOrExit(commandLineOptions(options), io);
  return 'exit' in loaded ? TROUBLE : loaded.settings;
}

function clusterDomain(settings: Settings): string {
  const zones = nameSources(settings).flatMap((source) => source.zone.zones);
  return zones.find((zone) => !isReverseZone(zone)) ?? 'cluster.local';
}

async function askerOf(
  from: DnsServer | Settings | undefined,
  timeoutMs: number,
  load: LoadOnce,
  io: CommandIo,
): Promise<Asker | undefined> {
  if (from === undefined) return undefined;
  return 'host' in from ? networkAsker(from, timeoutMs, io) : stillAsker(from, load, io);
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
