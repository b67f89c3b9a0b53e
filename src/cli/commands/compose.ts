import { dirname } from 'node:path';
import type { NetworkSet } from '../../dns/network.ts';
import { oneLine } from '../../observe/text-line.ts';
import { errorCode, fileFault } from '../../support/file-error.ts';
import { displayName } from '../../support/paths.ts';
import { readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { remove, STATES, theirs, write } from '../compose/apply.ts';
import { askYes } from '../compose/ask-yes.ts';
import { ComposeError } from '../compose/compose-yaml.ts';
import { type Plan, type PlannedFile, planOf, writtenFiles } from '../compose/plan.ts';
import { counted } from '../report/problem-text.ts';
import { machineNetworks } from '../serve/routed-networks.ts';

const DEFAULT_IMAGE = 'svcdns';
const DEFAULT_FOLDER = 'svcdns';

const HELP = `Adds svcdns to a compose file: its services find each other, and the names of manifests, as in a
cluster.

Usage: svcdns compose init [FILE...] [OPTIONS]

FILE is a compose file; more of them are merged, as with docker compose -f. Without one: the file
that docker compose finds, and its override. None of them is changed. Two files are written, after
they have been shown:

  compose.override.yaml          svcdns on a network of its own with a free subnet, and dns:,
                                 dns_search: and depends_on: of each service
  svcdns/compose-services.yaml   a Service for each service, in the namespace of the project

Other manifests go into the folder svcdns. A file that somebody else has written, or has edited
since, is left as it is.

Options:
  --yes              write without asking
  --check            write nothing; exit code 1 when files are not as they would be written
  --undo             remove the files that were written
  --output FILE      the name of the override
  --manifests DIR    the folder of manifests, beside the compose file. Default: ${DEFAULT_FOLDER}
  --project NAME     the project's name, and so the namespace. Default: as docker compose finds it
  --subnet CIDR      the subnet, with /24. Default: one that neither files nor machine use
  --image IMAGE      the image of svcdns. Default: ${DEFAULT_IMAGE}
  -h, --help         print this help

Exit codes: 0 done, 1 not done, or for --check not as it should be, 2 wrong usage.

Examples:
  svcdns compose init
  svcdns compose init compose.yaml compose.dev.yaml --output compose.svcdns.yaml --yes
  svcdns compose init --check
  svcdns compose init --undo
`;

const OPTIONS = {
  yes: { type: 'boolean' },
  check: { type: 'boolean' },
  undo: { type: 'boolean' },
  output: { type: 'string' },
  manifests: { type: 'string' },
  project: { type: 'string' },
  subnet: { type: 'string' },
  image: { type: 'string' },
} as const;

/** What the command uses of the world; a test gives its own. */
export interface ComposeWorld {
  readonly networks: () => NetworkSet;
  /** Undefined where no terminal is attached. */
  readonly askYes: (question: string) => Promise<boolean | undefined>;
}

/** The command with its way to look at the world. */
export function composeCommand(world: ComposeWorld): Command {
  return { name: 'compose', help: HELP, run: (args, io) => runCompose(args, io, world) };
}

export const compose: Command = composeCommand({ networks: machineNetworks, askYes });

async function runCompose(
  args: readonly string[],
  io: CommandIo,
  world: ComposeWorld,
): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const [what, ...files] = positionals;
  if (what !== 'init') throw new UsageError('Expected svcdns compose init');
  if (values.check === true && values.undo === true) {
    throw new UsageError('Cannot both --check and --undo');
  }
  try {
    const { manifests = DEFAULT_FOLDER, output } = values;
    const places = { files, output, manifests, cwd: io.cwd };
    const agrees = values.yes === true ? async () => true : world.askYes;
    if (values.undo === true) return await undo(writtenFiles(places), io, agrees);
    const plan = planOf({
      ...places,
      project: values.project,
      subnet: values.subnet,
      image: values.image ?? DEFAULT_IMAGE,
      env: io.env,
      machine: world.networks(),
    });
    return values.check === true ? check(plan, io) : await init(plan, io, agrees);
  } catch (error) {
    const why = error instanceof ComposeError ? error.message : writeFault(error, io.cwd);
    io.stderr(`svcdns compose: ${oneLine(why)}\n`);
    return Exit.FAILED;
  }
}

/**
 * Why a file could not be written or removed.
 *
 * @throws {unknown} an error that is not the disk's.
 */
function writeFault(error: unknown, cwd: string): string {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error)) throw error;
  const why = errorCode(error) === 'ENOSPC' ? 'the disk is full' : fileFault(error);
  return `Cannot write ${displayName(String(error.path), cwd)}: ${why}`;
}

function check({ files, notes }: Plan, io: CommandIo): number {
  for (const { shown, state } of files) io.stdout(`${shown} ${STATES[state]}\n`);
  printNotes(notes, io);
  return files.every(({ state }) => state === 'same') ? Exit.OK : Exit.FAILED;
}

async function init(
  { files, notes, command }: Plan,
  io: CommandIo,
  askYes: ComposeWorld['askYes'],
): Promise<number> {
  if (refuse(files, io)) return Exit.FAILED;
  const wanted = files.filter(({ state }) => state !== 'same');
  for (const { shown, text } of wanted) io.stdout(`--- ${shown}\n${text}\n`);
  printNotes(notes, io);
  if (wanted.length > 0) {
    if (!(await agreed(`Write ${counted(wanted.length, 'file')}?`, io, askYes))) return Exit.FAILED;
    for (const file of wanted) write(file);
  }
  for (const { shown, state } of files) {
    io.stdout(`${shown} ${state === 'same' ? STATES.same : 'is written'}\n`);
  }
  io.stdout(`Next: ${command}\n`);
  return Exit.OK;
}

async function undo(
  files: readonly PlannedFile[],
  io: CommandIo,
  askYes: ComposeWorld['askYes'],
): Promise<number> {
  const present = files.filter(({ state }) => state !== 'missing');
  const left = theirs(present);
  const ours = present.filter((file) => !left.includes(file));
  for (const { shown, state } of left) io.stdout(`${shown} stays: it ${STATES[state]}\n`);
  if (ours.length === 0) {
    io.stdout('Nothing to remove\n');
    return Exit.OK;
  }
  const names = ours.map(({ shown }) => shown).join(', ');
  if (!(await agreed(`Remove ${names}?`, io, askYes))) return Exit.FAILED;
  const folder = dirname(files[0]?.path ?? '');
  for (const file of ours) remove(file, folder);
  io.stdout(`Removed ${names}\n`);
  return Exit.OK;
}

/** Says which files are the user's own, if any. */
function refuse(files: readonly PlannedFile[], io: CommandIo): boolean {
  const left = theirs(files);
  for (const { shown, state } of left) {
    const fix =
      state === 'edited'
        ? 'remove it, or keep it as it is'
        : 'give another name with --output or --manifests';
    io.stderr(`svcdns compose: Cannot write ${shown}: it ${STATES[state]}: ${fix}\n`);
  }
  return left.length > 0;
}

function printNotes(notes: readonly string[], io: CommandIo): void {
  for (const note of notes) io.stdout(`Note: ${oneLine(note)}\n`);
}

async function agreed(
  question: string,
  io: CommandIo,
  askYes: ComposeWorld['askYes'],
): Promise<boolean> {
  const answer = await askYes(question);
  if (answer === true) return true;
  const why = answer === undefined ? 'no terminal to ask on: expected --yes' : 'not agreed';
  io.stderr(`svcdns compose: Nothing is done: ${why}\n`);
  return false;
}
