import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean, quoted } from '../corefile/problems.ts';
import { packageVersion } from '../support/process.ts';
import { wantsHelp } from './arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from './command.ts';

/** What is known of a command before it is loaded: none needs what the others import. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads it, for these arguments. */
  readonly load: (io: CommandIo, args: readonly string[]) => Promise<Command>;
}

/** In the order of the help. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'answer queries, following the manifests (the default)',
    load: async (io, args) => {
      io.process.keepHeapSmall();
      if (!wantsHelp(args)) io.process.prepareControlThread();
      return (await import('./commands/serve.ts')).serve;
    },
  },
  {
    name: 'check',
    summary: 'report what is wrong with manifests and Corefiles',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'query',
    summary: 'ask a DNS server one question, as dig does',
    load: async () => (await import('./commands/query.ts')).query,
  },
  {
    name: 'explain',
    summary: 'say why a name has its answer, or has none',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'records',
    summary: 'print all records of a zone, as a zone file or JSON',
    load: async () => (await import('./commands/records.ts')).records,
  },
  {
    name: 'verify',
    summary: 'compare answers with those that a file expects',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'diff',
    summary: 'print which records two folders, git revisions or servers differ in',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'get',
    summary: 'list Services, endpoints, Pods or Ingresses, as kubectl does',
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    name: 'top',
    summary: 'show who asks the running server what, and what in vain',
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'health',
    summary: 'ask the server over UDP and TCP; for HEALTHCHECK',
    load: async () => (await import('./commands/health.ts')).health,
  },
  {
    name: 'compose',
    summary: 'add svcdns to a compose file, with an override that is shown first',
    load: async () => (await import('./commands/compose.ts')).compose,
  },
  {
    name: 'doctor',
    summary: 'look for what keeps names from resolving on this machine',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
];

/** Without a command name, `svcdns` serves: then it starts where CoreDNS did, with its flags. */
const DEFAULT_COMMAND = 'serve';

/**
 * Runs what the arguments (without Node.js and the script) ask for and resolves with the exit code.
 * Never rejects: what goes wrong has been written to `io.stderr`.
 */
export async function run(
  args: readonly string[],
  io: CommandIo,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<number> {
  const [first = DEFAULT_COMMAND, ...rest] = args;
  if (first === '--version' || first === '-version') {
    io.stdout(`svcdns ${packageVersion()}\n`);
    return Exit.OK;
  }
  if (wantsHelp([first]) || (first === 'help' && rest.length === 0)) {
    io.stdout(await programHelp(commands));
    return Exit.OK;
  }
  if (first === 'help') return run([rest[0] as string, '--help'], io, commands);
  const isNamed = !first.startsWith('-');
  const name = isNamed ? first : DEFAULT_COMMAND;
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    io.stderr(unknownCommand(name, commands, io.cwd));
    return Exit.USAGE;
  }
  return runCommand(entry, isNamed ? rest : args, io);
}

async function runCommand(
  { name, load }: CommandEntry,
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  try {
    const command = await load(io, args);
    if (!wantsHelp(args)) return await command.run(args, io);
    io.stdout(command.help);
    return Exit.OK;
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`svcdns ${name}: ${error.message}\nSee svcdns ${name} --help\n`);
      return Exit.USAGE;
    }
    // A bug of ours: whoever reports it needs the stack.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr(`svcdns ${name}: ${text}\n`);
    return Exit.FAILED;
  }
}

function unknownCommand(name: string, commands: readonly CommandEntry[], cwd: string): string {
  const names = commands.map((command) => command.name);
  const hint =
    didYouMean(name, [...names, '--version', '--help']) ||
    (existsSync(resolve(cwd, name)) && ': a folder of manifests goes behind --manifests') ||
    `: expected ${names.join(', ')}`;
  return `svcdns: Unknown command ${quoted(name)}${hint}\nSee svcdns --help\n`;
}

/** The table of options is loaded for this only: `query` and `health` do without. */
async function programHelp(commands: readonly CommandEntry[]): Promise<string> {
  const { variableLines } = await import('./setting-flags.ts');
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `svcdns answers Kubernetes Service DNS from a folder of manifests.

Usage: svcdns [COMMAND] [OPTIONS]

Commands:
${list.join('\n')}

Without a command, svcdns runs ${DEFAULT_COMMAND}. svcdns COMMAND --help explains a command, and
svcdns --version prints the version.

Environment, for all commands (the command line goes first):
${variableLines()}

Examples:
  svcdns --manifests k8s
  svcdns check k8s
  svcdns query web.shop.svc.cluster.local
`;
}
