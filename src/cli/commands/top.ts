import { MAX_ROWS, type Stats } from '../../app/stats.ts';
import { DEFAULT_ADMIN_TEXT } from '../../config/plain-target.ts';
import { oneLine } from '../../observe/text-line.ts';
import type { Timer } from '../../support/clock.ts';
import { adminOption, insteadOfAdmin } from '../admin/admin-option.ts';
import {
  AdminAddress,
  NoServerError,
  NotNowError,
  WrongServerError,
} from '../admin/admin-request.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import { stopSignal } from '../serve/stop-signal.ts';
import { commandLineOptions } from '../setting-flags.ts';
import type { Terminal } from '../terminal.ts';
import { Screen } from '../top/screen.ts';
import { BRIGHT, PLAIN, topLines } from '../top/top-text.ts';

const HELP = `Shows who asks the running server what, and how much of it in vain.

Usage: svcdns top [OPTIONS]

The clients that ask most, by the names that the zone has for their addresses; the names that do not
exist and are asked for most; the share of questions that are search-list steps without an answer,
and the patch that ends them. On a terminal it is drawn anew each second, until q or Ctrl-C; in a
pipe it is printed once. Rates are those of about the last half minute.

The server is asked at its admin address: ${DEFAULT_ADMIN_TEXT}, or what SVCDNS_ADMIN or the Corefile says.
Of many queries a second it looks at some, and keeps account of at most ${MAX_ROWS} clients and names.

Options:
  --server ADDR:PORT  the admin address of the server
  --config FILE       the Corefile that says where the admin server is
  --once              print it once, on a terminal too
  --format FORMAT     text or json; json is printed once. Default: text
  -h, --help          print this help

Exit codes: 0 shown; 1 there is no server, or it keeps no account (--askers off); 2 wrong usage.

Examples:
  svcdns top
  svcdns top --format json | jq '.clients[] | select(.searchList > 100)'
`;

const OPTIONS = {
  server: { type: 'string' },
  config: { type: 'string' },
  once: { type: 'boolean' },
  format: { type: 'string' },
} as const;

export const top: Command = { name: 'top', help: HELP, run: runTop };

/** How often it is asked and drawn, ms. */
const EVERY_MS = 1000;

/** Rows of what is printed once, and columns in a pipe, where most lines are not cut then. */
const ONCE_ROWS = 60;
const PIPE_COLUMNS = 200;

async function runTop(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfAdmin);
  const format = oneOf('--format', values.format ?? 'text', ['text', 'json']);
  if (positionals.length > 0) {
    throw new UsageError(
      `Unexpected argument '${oneLine(positionals[0]!)}': expected options only`,
    );
  }
  const { config, server } = values;
  // Which manifests there are does not matter to the address.
  const found = settingsOrExit(commandLineOptions({ config, admin: adminOption(server) }), io, [
    io.cwd,
  ]);
  if ('exit' in found) return found.exit;
  const [address] = found.settings.admin;
  if (address === undefined || address.port === 0) {
    return failed(io, 'The settings name no admin port: expected --server ADDR:PORT');
  }
  const client = new AdminAddress(address);
  const { terminal } = io;
  try {
    const stats = await statsFrom(client);
    if (terminal !== undefined && format === 'text' && !values.once) {
      return await live(client, stats, io, terminal);
    }
    io.stdout(
      format === 'json' ? `${JSON.stringify(stats, null, 2)}\n` : onceText(stats, client, io),
    );
    return Exit.OK;
  } catch (error) {
    if (error instanceof NoServerError) {
      return failed(io, `No server of svcdns at ${client.place}: ${error.message}`);
    }
    if (error instanceof WrongServerError || error instanceof NotNowError) {
      return failed(io, error.message);
    }
    throw error;
  }
}

function onceText(
  stats: Stats,
  { place }: AdminAddress,
  { terminal, hasColours }: CommandIo,
): string {
  const size = { columns: terminal?.columns ?? PIPE_COLUMNS, rows: ONCE_ROWS };
  return `${topLines(stats, place, size, hasColours ? BRIGHT : PLAIN).join('\n')}\n`;
}

async function statsFrom(client: AdminAddress): Promise<Stats> {
  const { text } = await client.get(`/api/stats?rows=${MAX_ROWS}`);
  const stats = parse(text);
  if (stats !== undefined) return stats;
  throw new WrongServerError(`${client.place} is not the admin server of svcdns`);
}

/** Undefined for what no server of ours says. */
function parse(text: string): Stats | undefined {
  try {
    const stats = JSON.parse(text) as Partial<Stats> | null;
    const isOurs = Array.isArray(stats?.clients) && Array.isArray(stats.missing) && stats.all;
    return isOurs ? (stats as Stats) : undefined;
  } catch {
    return undefined;
  }
}

/** Draws until q, Ctrl-C or a signal; a server that is gone ends it too. */
async function live(
  client: AdminAddress,
  first: Stats,
  io: CommandIo,
  terminal: Terminal,
): Promise<number> {
  const screen = new Screen(io, terminal);
  const style = io.hasColours ? BRIGHT : PLAIN;
  let stats = first;
  let isOver = false;
  const draw = () => screen.draw(topLines(stats, client.place, terminal, style));
  const ended = new Promise<void>((end) => {
    const onKey = (key: string) => {
      if (QUIT_KEYS.includes(key)) end();
    };
    screen.open(onKey, () => draw());
    void stopSignal(io.process, io.clock).then(end);
  }).then(() => {
    isOver = true;
  });
  try {
    for (;;) {
      draw();
      let timer: Timer | undefined;
      const later = new Promise<void>((done) => {
        timer = io.clock.setTimeout(done, EVERY_MS);
      });
      await Promise.race([ended, later]);
      timer?.cancel();
      if (isOver) return Exit.OK;
      stats = (await Promise.race([ended, statsNow(client)])) ?? stats;
    }
  } finally {
    screen.close();
  }
}

/** Ctrl-C and Ctrl-D come as characters. */
const QUIT_KEYS = ['q', 'Q', '\u0003', '\u0004'];

/** Undefined when the server is busy: what was shown stays. */
async function statsNow(client: AdminAddress): Promise<Stats | undefined> {
  try {
    return await statsFrom(client);
  } catch (error) {
    if (error instanceof NotNowError) return undefined;
    throw error;
  }
}

function failed(io: CommandIo, reason: string): number {
  io.stderr(`svcdns top: ${oneLine(reason)}\n`);
  return Exit.FAILED;
}
