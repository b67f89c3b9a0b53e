import type { CommandLineOptions } from '../../config/options.ts';
import { DEFAULT_ADMIN_TEXT } from '../../config/plain-target.ts';
import type { Settings } from '../../config/settings.ts';
import { quoted } from '../../corefile/problems.ts';
import { typeName } from '../../dns/codes.ts';
import type { ExplainRequest } from '../../explain/engine.ts';
import type { Explanation } from '../../explain/explanation.ts';
import { readRequest, type WrittenRequest } from '../../explain/request.ts';
import { oneLine } from '../../observe/text-line.ts';
import { adminOption, insteadOfAdmin } from '../admin/admin-option.ts';
import { NoServerError, NotNowError, WrongServerError } from '../admin/admin-request.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { earlierText, earlierTime, isAnswer, isRemembered } from '../explain/earlier.ts';
import { ExplainClient } from '../explain/explain-client.ts';
import { explainOffline } from '../explain/explain-offline.ts';
import { COLOURS, explanationText, PLAIN } from '../explain/explanation-text.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { reverseName } from '../query/reverse-name.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';

/** Not `FAILED`: a script must tell "the name has no answer" from "nothing could be asked". */
const NOT_ASKED = 2;

const HELP = `Says why a name has its answer, or has none.

Usage: svcdns explain NAME [TYPE] [OPTIONS]
       svcdns explain -x ADDRESS [OPTIONS]

Asks for NAME as a Pod does: with each domain of its search list, then as it stands. For each of
these questions it says what the answer is, which server block and plugin gave it, from which object
and line, and, when there is none, what is nearest: the Service is in another namespace, no endpoint
is ready, the port has no name. A final dot makes NAME absolute: then no search list is tried. TYPE
is A by default.

The running server is asked at its admin address: ${DEFAULT_ADMIN_TEXT}, or what SVCDNS_ADMIN or the
Corefile says. When no server listens there, the manifests are read instead, and a line on stderr
says so. Then no upstream is asked.

Options:
  -x ADDRESS           the name of an address: its PTR record
  --from NAMESPACE|IP  which Pod asks: one of this namespace, or the one with this address. Default:
                       namespace default
  --format FORMAT      text or json. Default: text
  --server ADDR:PORT   the admin address of the server; without a server it is an error
  --at TIME            what the name had then, and from which files, as far as the running server
                       remembers: 14:03, of today or else yesterday, or 2026-11-29T14:03:00Z
  --manifests DIR      read these manifests and ask no server; may be given more than once
  --config FILE        the Corefile whose blocks, plugins and manifests are used
  -h, --help           print this help

Options of svcdns serve that decide which names there are, when no server is asked; those that name
a cluster read its objects instead of manifests:
${nameFlagLines()}

Exit codes: 0 there is an answer; 1 there is none, and the last line says why; 2 nothing could be
asked, or wrong usage.

Examples:
  svcdns explain web.shop
  svcdns explain web --from shop
  svcdns explain _http._tcp.web.shop.svc.cluster.local. SRV
  svcdns explain db.shop AAAA --from 10.244.0.5 --format json
  svcdns explain web.shop --at 14:03
  svcdns explain -x 10.96.20.80
`;

const OPTIONS = {
  ...NAME_FLAGS,
  reverse: { type: 'string', short: 'x' },
  from: { type: 'string' },
  format: { type: 'string' },
  server: { type: 'string' },
  at: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  config: { type: 'string' },
} as const;

/** The command with its way to read manifests: a test gives its own. */
export function explainCommand(load: LoadOnce): Command {
  return { name: 'explain', help: HELP, run: (args, io) => runExplain(args, io, load) };
}

export const explain: Command = explainCommand(loadNames);

async function runExplain(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    OPTIONS,
    (word) => insteadOfAdmin(word) || insteadOfFlag(word),
  );
  const format = oneOf('--format', values.format ?? 'text', ['text', 'json']);
  const { reverse, from, server, at, config, manifests, format: _format, ...rest } = values;
  const written = { ...questionOf(reverse, positionals), from };
  const request = readRequest(written);
  if ('fault' in request) throw new UsageError(request.fault);
  const given = commandLineOptions({ config, manifests, ...rest });
  const isRead = [given.manifests, given.kubeconfig, given.kube].some((one) => one !== undefined);
  if (isRead && server !== undefined) {
    throw new UsageError('--server asks a server, and manifests or a cluster are read without one');
  }
  if (at !== undefined) {
    if (isRead) throw new UsageError('--at asks a server: manifests have no past');
    const options = commandLineOptions({ config, admin: adminOption(server) });
    return runEarlier({ written, request, at, format }, options, io);
  }
  const explanation = isRead
    ? await fromObjects(request, given, io, load)
    : await fromServerOr(
        written,
        commandLineOptions({ config, admin: adminOption(server) }),
        server,
        io,
        () => fromObjects(request, given, io, load),
      );
  if (explanation === undefined) return NOT_ASKED;
  io.stdout(
    format === 'json'
      ? `${JSON.stringify(explanation, null, 2)}\n`
      : explanationText(explanation, io.hasColours ? COLOURS : PLAIN),
  );
  if (explanation.rcode === null) return NOT_ASKED;
  return explanation.answeredBy === null ? Exit.FAILED : Exit.OK;
}

interface EarlierQuestion {
  readonly written: WrittenRequest;
  readonly request: ExplainRequest;
  readonly at: string;
  readonly format: string;
}

/** What a name had at a time: only a running server remembers it. */
async function runEarlier(
  { written, request, at, format }: EarlierQuestion,
  options: CommandLineOptions,
  io: CommandIo,
): Promise<number> {
  const seconds = earlierTime(at, io.clock.wallSeconds());
  if (seconds === undefined) {
    throw new UsageError(
      `Cannot use ${quoted(at)} as a time: expected one that has passed, as in 14:03 or 2026-11-29T14:03:00Z`,
    );
  }
  const found = settingsOrExit(options, io, [io.cwd]);
  if ('exit' in found) return NOT_ASKED;
  const client = clientOf(found.settings);
  if (client === undefined) {
    failed('The settings name no admin port', io);
    return NOT_ASKED;
  }
  try {
    const names = await client.earlier(written, request, seconds);
    const type = typeName(request.type);
    const paint = io.hasColours ? COLOURS : PLAIN;
    io.stdout(
      format === 'json'
        ? `${JSON.stringify({ at: seconds, type, names }, null, 2)}\n`
        : earlierText(names, type, seconds, paint),
    );
    if (names.some((name) => !isRemembered(name, seconds))) return NOT_ASKED;
    return names.some((name) => isAnswer(name, type)) ? Exit.OK : Exit.FAILED;
  } catch (error) {
    if (error instanceof NoServerError) failed(`No server of svcdns at ${client.place}`, io);
    else if (error instanceof NotNowError) failed(`${client.place}: ${error.message}`, io);
    else if (error instanceof WrongServerError) failed(error.message, io);
    else throw error;
    return NOT_ASKED;
  }
}

/** From the server of these settings, or else by `instead` when none was named. */
async function fromServerOr(
  written: WrittenRequest,
  options: CommandLineOptions,
  named: string | undefined,
  io: CommandIo,
  instead: () => Promise<Explanation | undefined>,
): Promise<Explanation | undefined> {
  // Which manifests there are does not matter to the address.
  const found = settingsOrExit(options, io, [io.cwd]);
  if ('exit' in found) return undefined;
  const client = clientOf(found.settings);
  if (client !== undefined) {
    try {
      return await client.explain(written);
    } catch (error) {
      if (error instanceof NotNowError) return failed(`${client.place}: ${error.message}`, io);
      const isElsewhere = error instanceof NoServerError || error instanceof WrongServerError;
      if (!isElsewhere) throw error;
      // Another program may have the usual port.
      if (named !== undefined && error instanceof WrongServerError)
        return failed(error.message, io);
    }
  }
  const none =
    client === undefined
      ? 'The settings name no admin port'
      : `No server of svcdns at ${client.place}`;
  if (named !== undefined) return failed(none, io);
  io.stderr(`${none}: the manifests are read instead\n`);
  return instead();
}

async function fromObjects(
  request: ExplainRequest,
  options: CommandLineOptions,
  io: CommandIo,
  load: LoadOnce,
): Promise<Explanation | undefined> {
  const found = settingsOrExit(options, io);
  return 'exit' in found ? undefined : explainOffline(request, found.settings, io, load);
}

function questionOf(
  address: string | undefined,
  [name, type, ...more]: readonly string[],
): Pick<WrittenRequest, 'name' | 'type'> {
  if (address !== undefined) {
    if (name !== undefined) throw new UsageError(`Unexpected ${quoted(name)} beside -x`);
    return { name: reverseName(address), type: 'PTR' };
  }
  if (name === undefined) throw new UsageError('Expected the name to explain');
  const [first] = more;
  if (first !== undefined) {
    throw new UsageError(`Unexpected ${quoted(first)}: expected NAME [TYPE]`);
  }
  return { name, type };
}

/** Undefined when the settings have no admin server, or one at a port that the system chooses. */
function clientOf({ admin: [first] }: Settings): ExplainClient | undefined {
  return first === undefined || first.port === 0 ? undefined : new ExplainClient(first);
}

function failed(why: string, io: CommandIo): undefined {
  io.stderr(`svcdns explain: ${oneLine(why)}\n`);
  return undefined;
}
