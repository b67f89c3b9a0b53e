import type { Settings } from '../../config/settings.ts';
import { DEFAULTS } from '../../config/settings.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { type CheckedFinding, examine } from '../doctor/checks.ts';
import { type Machine, thisMachine } from '../doctor/machine.ts';
import { boundedNetwork, type Network } from '../doctor/network.ts';
import { FORMATS, type Format, findingLines, jsonReport, summaryLine } from '../doctor/report.ts';
import { settingsOf } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, SETTING_FLAGS } from '../setting-flags.ts';

const HELP = `Looks for what keeps names from resolving on this machine, and says what fixes it.

Usage: svcdns doctor [OPTIONS]

Options:
  --format FORMAT  text or json. Default: text
  -h, --help       print this help

The options of svcdns serve say what would be served: give the same ones. See svcdns serve --help.

Nothing is changed. Over the network it asks only the upstreams of the settings, at most 8 of them
with 4 questions each, and the server's own address. Each line is ok, info, warn or fail, and the
command that fixes it stands below.

Exit codes: 0 nothing fails, 1 something does, 2 wrong usage.

Examples:
  svcdns doctor
  svcdns doctor --manifests k8s --listen :53
  svcdns doctor --config Corefile --format json
`;

const OPTIONS = { ...SETTING_FLAGS, format: { type: 'string' } } as const;

/** What `doctor` looks at; a test gives its own. */
export interface DoctorWorld {
  readonly machine: Machine;
  readonly network: Network;
}

/** The command with its way to look at the world. */
export function doctorCommand(worldOf: (io: CommandIo) => DoctorWorld): Command {
  return { name: 'doctor', help: HELP, run: (args, io) => runDoctor(args, io, worldOf(io)) };
}

export const doctor: Command = doctorCommand(({ env, cwd, clock }) => ({
  machine: thisMachine(env, cwd),
  network: boundedNetwork(clock),
}));

async function runDoctor(
  args: readonly string[],
  io: CommandIo,
  world: DoctorWorld,
): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  if (positionals[0] !== undefined) throw new UsageError(`Unexpected '${positionals[0]}'`);
  const format: Format = oneOf('--format', values['format'] ?? 'text', FORMATS);
  const result = settingsOf(commandLineOptions(values), io, { mustFind: true });
  const settings = result.settings ?? result.draft ?? { ...UNKNOWN, workingFolder: io.cwd };
  const { clock, cwd, hasColours } = io;
  const examination = { ...world, clock, cwd, settings, problems: result.problems };
  const all: CheckedFinding[] = [];
  for await (const findings of examine(examination)) {
    all.push(...findings);
    // At once: the upstreams may take some seconds.
    if (format === 'text') for (const one of findings) io.stdout(findingLines(one, hasColours));
  }
  io.stdout(format === 'text' ? summaryLine(all) : jsonReport(all));
  return all.some(({ level }) => level === 'fail') ? Exit.FAILED : Exit.OK;
}

/** Where nothing can be read: what is not about names can still be looked at. */
const UNKNOWN: Omit<Settings, 'workingFolder'> = {
  ...DEFAULTS,
  blocks: [],
  corefile: { file: 'Corefile', isBuiltIn: true, isFound: false, blocks: [], admin: [] },
};
