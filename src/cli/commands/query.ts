import { randomInt } from 'node:crypto';
import {
  DEFAULT_ADMIN_TEXT,
  DEFAULT_LISTEN_TEXTS,
  type Target,
} from '../../config/plain-target.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { ExtendedError, Rcode, rcodeName, Type, typeCode } from '../../dns/codes.ts';
import { readArguments, wholeNumber } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type ClusterServer, clusterServer } from '../query/cluster-server.ts';
import {
  ask,
  askTcp,
  DEFAULT_TIMEOUT_MS,
  NoReplyError,
  type RawReply,
  replyFault,
} from '../query/dns-client.ts';
import { encodeQuestion, questionEnd } from '../query/dns-question.ts';
import { type ReadReply, readReply } from '../query/dns-reply.ts';
import { extendedErrorText } from '../query/extended-error.ts';
import { quickTarget } from '../query/quick-target.ts';
import { reasonOf } from '../query/reason.ts';
import { replyText, shortText } from '../query/reply-text.ts';
import { reverseName } from '../query/reverse-name.ts';
import { insteadOfServer, serverOfSettings, takeServer } from '../query/server-address.ts';
import { problemLine } from '../report/problem-text.ts';

const HELP = `Asks a DNS server one question, as dig does.

Usage: svcdns query NAME [TYPE] [@SERVER[:PORT]] [OPTIONS]
       svcdns query -x ADDRESS [@SERVER[:PORT]] [OPTIONS]

NAME is absolute: no search list is tried. TYPE is A by default, or AAAA, SRV, TXT, PTR, TYPE65 …
SERVER is asked at port 53 by default. Without one it is the server that the settings start:
${DEFAULT_LISTEN_TEXTS[0]}, or what SVCDNS_LISTEN or the Corefile says.

A reply without an answer ends with the reason, as svcdns explain says it, unless @SERVER is named.
The server says it at its admin address: ${DEFAULT_ADMIN_TEXT}, or what SVCDNS_ADMIN or the Corefile says.

Options:
  -x ADDRESS       the name of an address: its PTR record
  --tcp            ask over TCP; without it, over UDP, and TCP when the reply does not fit
  --short          print the data of the answers only, one a line
  --timeout MS     how long each of two tries waits for a reply. Default: ${DEFAULT_TIMEOUT_MS}
  --config FILE    the Corefile that says where the server listens
  --kubeconfig FILE, --kube, --context NAME
                   ask a server of this cluster's names, started for the question
  -h, --help       print this help

Exit codes: 0 NOERROR, 1 any other rcode, 2 no answer, or wrong usage.

Examples:
  svcdns query web.shop.svc.cluster.local
  svcdns query _http._tcp.web.shop.svc.cluster.local SRV --short
  svcdns query kubernetes.default.svc.cluster.local AAAA @[::1]:1053 --tcp
  svcdns query -x 10.96.0.1 @127.0.0.1:1053
`;

const OPTIONS = {
  reverse: { type: 'string', short: 'x' },
  tcp: { type: 'boolean' },
  short: { type: 'boolean' },
  timeout: { type: 'string' },
  config: { type: 'string' },
  kubeconfig: { type: 'string' },
  kube: { type: 'boolean' },
  context: { type: 'string' },
} as const;

export const query: Command = {
  name: 'query',
  help: HELP,
  run: runQuery,
};

async function runQuery(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfDig);
  const { server: named, others } = takeServer(positionals);
  refuseOptionsOfDig(others);
  const { name, type } = questionOf(values.reverse, others);
  const timeoutMs =
    values.timeout === undefined
      ? DEFAULT_TIMEOUT_MS
      : wholeNumber('--timeout', values.timeout, [1, 600_000]);
  const message = encodeQuestion(name, type, randomInt(0x1_0000));
  let server = named;
  let own: ClusterServer | undefined;
  if (values.context !== undefined && values.kubeconfig === undefined && values.kube !== true) {
    throw new UsageError('Cannot use --context without --kubeconfig or --kube');
  }
  if (values.kubeconfig !== undefined || values.kube === true) {
    if (named !== undefined) throw new UsageError('Cannot ask both a cluster and a server');
    const { kubeconfig, context } = values;
    own = await clusterServer(
      {
        ...(kubeconfig === undefined ? { kube: 'on' } : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
      },
      io,
    );
    if (own === undefined) return Exit.TROUBLE;
    server = own.server;
  }
  if (server === undefined) {
    const target = await targetOf(values.config, io);
    if (target === undefined) return Exit.TROUBLE;
    server = serverOfSettings(target);
  }
  let raw: RawReply;
  let reply: ReadReply;
  let reason: string | undefined;
  try {
    const askBy = values.tcp === true ? askTcp : ask;
    raw = await askBy(message, { server, timeoutMs, clock: io.clock });
    reply = readReply(raw.bytes, questionEnd(message));
    const question = { name, type, own, isNamed: named !== undefined, config: values.config };
    reason = await reasonOf(question, reply, io);
  } catch (error) {
    const isOurs = named === undefined && own === undefined && error instanceof NoReplyError;
    const way = isOurs
      ? ': expected a running svcdns serve, or @SERVER[:PORT] for another server'
      : '';
    io.stderr(`svcdns query: No answer: ${replyFault(error)}${way}\n`);
    return Exit.TROUBLE;
  } finally {
    await own?.stop();
  }
  if (values.short === true) {
    io.stdout(shortText(reply));
    const isFailed = reply.rcode !== Rcode.NOERROR || reason !== undefined;
    if (isFailed) io.stderr(`${whyNot(reply, reason)}\n`);
  } else {
    io.stdout(replyText({ name, type, server }, reply, raw));
    if (reason !== undefined) io.stdout(`;; WHY: ${reason}\n`);
  }
  return reply.rcode === Rcode.NOERROR ? Exit.OK : Exit.FAILED;
}

/** Where the server listens; undefined after the errors have been printed. */
async function targetOf(
  config: string | undefined,
  io: CommandIo,
): Promise<Pick<Target, 'listen'> | undefined> {
  const quick = await quickTarget(config, io);
  if (quick !== undefined) {
    for (const hint of quick.hints) io.stderr(`${problemLine(hint)}\n`);
    return quick;
  }
  const { settingsOrExit } = await import('../report/settings-report.ts');
  const loaded = settingsOrExit(config === undefined ? {} : { config }, io, []);
  return 'exit' in loaded ? undefined : loaded.settings;
}

/** What was meant by an option of dig. */
function insteadOfDig(word: string): string {
  const isType = ['t', 'type'].includes(word);
  return isType ? ': expected the type behind the name, as in NAME AAAA' : insteadOfServer(word);
}

function refuseOptionsOfDig(words: readonly string[]): void {
  const word = words.find((one) => one.startsWith('+'));
  if (word === undefined) return;
  const meant = didYouMean(`--${word.slice(1)}`, ['--short', '--tcp', '--timeout']);
  throw new UsageError(`Unexpected ${quoted(word)}${meant || ': options begin with --'}`);
}

function questionOf(
  address: string | undefined,
  [first, second, ...more]: readonly string[],
): { readonly name: string; readonly type: number } {
  if (address !== undefined) {
    const name = reverseName(address);
    if (second !== undefined) throw new UsageError(`Unexpected ${quoted(second)} beside -x`);
    const type = first === undefined ? Type.PTR : typeOf(first);
    return { name, type };
  }
  if (first === undefined) throw new UsageError('Expected the name to ask for');
  if (more.length > 0) {
    throw new UsageError(`Unexpected ${quoted(more[0] as string)}: expected NAME [TYPE] [@SERVER]`);
  }
  return { name: first, type: second === undefined ? Type.A : typeOf(second) };
}

function typeOf(text: string): number {
  const type = typeCode(text);
  if (type !== undefined) return type;
  const meant = didYouMean(text.toUpperCase(), Object.keys(Type));
  throw new UsageError(
    `Unknown type ${quoted(text)}${meant === '' ? ': expected a name like A or SRV, or TYPE65' : meant}`,
  );
}

/** The reason stands for what the reply itself says of it, which may be less. */
function whyNot({ rcode, edns }: ReadReply, reason: string | undefined): string {
  const errors = (edns?.errors ?? []).filter(
    ({ code }) => reason === undefined || code !== ExtendedError.OTHER,
  );
  const outcome = rcode === Rcode.NOERROR ? 'NODATA' : rcodeName(rcode);
  const words = [outcome, ...errors.map(extendedErrorText)].join(', ');
  return reason === undefined ? words : `${words}: ${reason}`;
}
