import { CLUSTER_DOMAIN } from '../../config/plain-target.ts';
import { FormatError } from '../../dns/message.ts';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type Asking, recordsOfBoth } from '../diff/both.ts';
import { diffJson, diffLines } from '../diff/diff-report.ts';
import { GitError, systemGit } from '../diff/git-files.ts';
import { differingRecords } from '../diff/records.ts';
import { type Side, sideOf } from '../diff/sides.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { DEFAULT_TIMEOUT_MS, NoReplyError } from '../query/dns-client.ts';
import { visibleText } from '../report/problem-text.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';
import { DEFAULT_RATE } from '../verify/paced.ts';

const HELP = `Prints which records two folders, revisions or servers differ in.

Usage: svcdns diff A [B] [OPTIONS]

A and B are each a folder or a file of manifests, kustomize:DIR or helm:CHART, a git revision like
HEAD~1 or v1:k8s, or @SERVER[:PORT]. Without B, A is compared with what is there now: the manifests
that the settings name, or the folder zones. They are the folder of a revision without a path too.

Options:
  --manifests DIR  the folder or file of a revision, and of what is there now; may be given more
                   than once
  --format FORMAT  text, or json: an array of {change, name, ttl, type, data, object, origin, by,
                   from}. Default: text
  --timeout MS     how long each of three tries waits for a server's reply. Default: ${DEFAULT_TIMEOUT_MS}
  --rate N         questions a second to a server, at most. Default: ${DEFAULT_RATE}
  --config FILE    the Corefile whose zones, options and manifests are used, on both sides
  --zone ZONE      the cluster's domain. Default: ${CLUSTER_DOMAIN}
  -h, --help       print this help

Options of svcdns serve that decide which names there are:
${nameFlagLines('zone')}

A line begins with - for a record of A alone, with + for one of B alone, and ends with the places
of the objects that it comes from. Addresses that svcdns gives out are the same on both sides. A
server is asked for the names of the other side: those that it alone has are not found.

Exit codes: 0 no difference, 1 some, 2 something could not be read or asked, or wrong usage.

Examples:
  svcdns diff HEAD~1 --manifests k8s
  svcdns diff main:k8s k8s
  svcdns diff @10.96.0.10 k8s --format json
`;

const OPTIONS = {
  ...NAME_FLAGS,
  zone: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  format: { type: 'string' },
  timeout: { type: 'string' },
  rate: { type: 'string' },
  config: { type: 'string' },
} as const;

/** The command with its way to read manifests: a test gives its own. */
export function diffCommand(load: LoadOnce): Command {
  return { name: 'diff', help: HELP, run: (args, io) => runDiff(args, io, load) };
}

export const diff: Command = diffCommand(loadNames);

async function runDiff(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  const { format, timeout, rate, ...options } = values;
  const wanted = oneOf('--format', format ?? 'text', ['text', 'json']);
  const asking: Asking = {
    timeoutMs: wholeNumber('--timeout', timeout ?? String(DEFAULT_TIMEOUT_MS), [1, 600_000]),
    perSecond: wholeNumber('--rate', rate ?? String(DEFAULT_RATE), [1, 1_000_000]),
    zone: values.zone ?? CLUSTER_DOMAIN,
  };
  const [first, second, third] = positionals;
  if (first === undefined || third !== undefined) {
    throw new UsageError('Expected one or two of a folder, a git revision and @SERVER');
  }
  const git = systemGit(io.cwd, io.clock, io.env);
  const given = { options: commandLineOptions(options), io, git };
  const sides: Side[] = [];
  try {
    for (const word of [first, second]) {
      const side = await sideOf(word, given);
      if ('exit' in side) return Exit.TROUBLE;
      sides.push(side);
    }
    const both = await recordsOfBoth(sides as [Side, Side], { asking, io, load });
    if (both === undefined) return Exit.TROUBLE;
    const found = differingRecords(...both);
    io.stdout(wanted === 'json' ? diffJson(found, sides) : diffLines(found, sides, io.hasColours));
    return found.length === 0 ? Exit.OK : Exit.FAILED;
  } catch (error) {
    const isKnown = [GitError, NoReplyError, FormatError].some((kind) => error instanceof kind);
    if (!isKnown) throw error;
    const what = error instanceof GitError ? 'git: ' : 'No answer: ';
    io.stderr(`svcdns diff: ${what}${visibleText((error as Error).message)}\n`);
    return Exit.TROUBLE;
  } finally {
    for (const side of sides) if (side.kind === 'files') side.dispose();
  }
}
