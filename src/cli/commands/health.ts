import { DEFAULT_LISTEN_TEXTS, DEFAULT_ZONES, type Target } from '../../config/plain-target.ts';
import { Rcode, rcodeName, Type } from '../../dns/codes.ts';
import { FormatError } from '../../dns/message.ts';
import type { Transport } from '../../dns/query.ts';
import { readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { askTcp, askUdp, NoReplyError } from '../query/dns-client.ts';
import { encodeQuestion, questionEnd } from '../query/dns-question.ts';
import { extendedErrorText } from '../query/extended-error.ts';
import { quickTarget } from '../query/quick-target.ts';
import { readRcode } from '../query/reply-sections.ts';
import {
  type DnsServer,
  insteadOfServer,
  serverOfSettings,
  serverText,
  takeServer,
} from '../query/server-address.ts';

/** What each of the two queries may take; ms. Docker's own limit is 30 s by default. */
const LIMIT_MS = 2000;

/** UDP may lose a datagram, which is no reason to be restarted. */
const UDP_TRIES = 2;

const HELP = `Asks the server one question over UDP and one over TCP: the SOA record of its first zone.
Any reply but SERVFAIL is a sign of health; a server that has not read its manifests yet replies
SERVFAIL.

Usage: svcdns health [@SERVER[:PORT]] [OPTIONS]

SERVER is asked at port 53 by default. Without one it is the server that the settings start:
${DEFAULT_LISTEN_TEXTS[0]}, or what SVCDNS_LISTEN or the Corefile says.

Options:
  --config FILE    the Corefile that says where the server listens
  -h, --help       print this help

Exit codes: 0 healthy, 1 not healthy, with the reason in one line on stderr, 2 wrong usage.

Examples:
  svcdns health
  svcdns health @127.0.0.1:53
  HEALTHCHECK CMD ["svcdns", "health"]
`;

const OPTIONS = { config: { type: 'string' } } as const;

export const health: Command = {
  name: 'health',
  help: HELP,
  run: runHealth,
};

async function runHealth(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfServer);
  const { server: named, others } = takeServer(positionals);
  if (others.length > 0) throw new UsageError(`Unexpected '${others[0]}': expected @SERVER[:PORT]`);
  const target = await targetOf(values.config, named, io);
  if ('exit' in target) return target.exit;
  const server = named ?? serverOfSettings(target);
  const zone = `${target.zone}.`;
  const results = await Promise.all(
    (['udp', 'tcp'] as const).map((transport) => probe(transport, zone, server, io)),
  );
  for (const { ok } of results) if (ok !== undefined) io.stdout(`${ok}\n`);
  const faults = results.flatMap(({ fault }) => fault ?? []);
  if (faults.length === 0) return Exit.OK;
  io.stderr(`svcdns health: Not healthy: ${faults.join('; ')}\n`);
  return Exit.FAILED;
}

/** What to ask, or the code to exit with after the errors have been printed. */
async function targetOf(
  config: string | undefined,
  named: DnsServer | undefined,
  io: CommandIo,
): Promise<Target | { readonly exit: number }> {
  const quick = await quickTarget(config, io);
  if (quick !== undefined) return quick;
  const { settingsTarget } = await import('../report/settings-target.ts');
  // Settings that cannot be used do not matter when the server is named: any question will do.
  const otherwise = named && config === undefined ? DEFAULT_ZONES[0] : undefined;
  return settingsTarget(config, otherwise, io);
}

/**
 * A reply from the server's own address cannot be forged, so this needs no `node:crypto`, which
 * takes 5 ms to load.
 */
function randomId(): number {
  return Math.floor(Math.random() * 0x1_0000);
}

/** One line: what came back, or what went wrong. */
interface Probe {
  readonly ok?: string;
  readonly fault?: string;
}

async function probe(
  transport: Transport,
  zone: string,
  server: DnsServer,
  { clock }: CommandIo,
): Promise<Probe> {
  const message = encodeQuestion(zone, Type.SOA, randomId());
  const place = `${transport} ${serverText(server)}`;
  try {
    const { bytes, ms } =
      transport === 'udp'
        ? await askUdp(message, {
            server,
            clock,
            timeoutMs: LIMIT_MS / UDP_TRIES,
            tries: UDP_TRIES,
          })
        : await askTcp(message, { server, clock, timeoutMs: LIMIT_MS });
    const end = questionEnd(message);
    const rcode = readRcode(bytes, end);
    const result = `${place}: ${rcodeName(rcode)} for ${zone} SOA`;
    if (rcode !== Rcode.SERVFAIL) return { ok: `ok ${result} in ${Math.round(ms)} ms` };
    const { readReply } = await import('../query/dns-reply.ts');
    const errors = readReply(bytes, end).edns?.errors ?? [];
    return { fault: [result, ...errors.map(extendedErrorText)].join(', ') };
  } catch (error) {
    if (error instanceof NoReplyError) return { fault: error.message };
    if (error instanceof FormatError)
      return { fault: `${place}: malformed reply: ${error.message}` };
    throw error;
  }
}
