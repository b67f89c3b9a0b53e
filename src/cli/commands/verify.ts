import { CLUSTER_DOMAIN } from '../../config/plain-target.ts';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { DEFAULT_TIMEOUT_MS, NoReplyError } from '../query/dns-client.ts';
import { serverFromText } from '../query/server-address.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';
import type { VerifyGiven } from '../verify/given.ts';
import { DEFAULT_RATE } from '../verify/paced.ts';
import { verifyAgainst } from '../verify/verify-against.ts';
import { verifyFiles } from '../verify/verify-files.ts';
import { VERIFY_FORMATS } from '../verify/verify-report.ts';

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
options; nothing is started for that. What it would ask its upstreams is not asked, and does not
count, unless a Corefile names them.

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
  --zone ZONE      the cluster's domain, also for \`from\` with --server. Default: ${CLUSTER_DOMAIN}
  -h, --help       print this help

Options of svcdns serve that decide which names there are:
${nameFlagLines('zone')}

Exit codes: 0 all as expected, 1 some are not, 2 a file cannot be read, or nothing was asked or
answered, or wrong usage.

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
  const other = against === undefined ? undefined : serverFromText(against);
  const given: VerifyGiven = {
    files: positionals,
    server: server === undefined ? undefined : serverFromText(server),
    format: oneOf('--format', format ?? 'text', VERIFY_FORMATS),
    timeoutMs: wholeNumber('--timeout', timeout ?? String(DEFAULT_TIMEOUT_MS), [1, 600_000]),
    perSecond: wholeNumber('--rate', rate ?? String(DEFAULT_RATE), [1, 1_000_000]),
    options: commandLineOptions(options),
    zone: values.zone ?? CLUSTER_DOMAIN,
  };
  if (other === undefined && positionals.length === 0) {
    throw new UsageError('Expected a file of expected answers, as in svcdns verify expected.yaml');
  }
  if (other === undefined && server !== undefined && values.manifests !== undefined) {
    throw new UsageError('Cannot ask both --server and --manifests: expected one of them');
  }
  try {
    if (other === undefined) return await verifyFiles(given, io, load);
    return await verifyAgainst(other, given, io, load);
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    io.stderr(`svcdns verify: No answer: ${error.message}\n`);
    return Exit.TROUBLE;
  }
}
