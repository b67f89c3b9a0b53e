import { insteadOf } from '../config/given-options.ts';
import type { OptionRow } from '../config/option-row.ts';
import {
  type CommandLineOptions,
  OPTION_ROWS,
  OPTIONS,
  type OptionName,
} from '../config/options.ts';
import { OFF } from '../plugins/flag.ts';

type Flags = Record<string, { type: 'string'; multiple?: boolean } | { type: 'boolean' }>;

/** The flags of the table of options, as `parseArgs` wants them. */
export const SETTING_FLAGS: Flags = flagsOf(() => true);

/** Those that decide which names there are, for commands that print or check them. */
export const NAME_FLAGS: Flags = flagsOf(({ isOfNames }) => isOfNames === true);

function flagsOf(isWanted: (row: OptionRow) => boolean): Flags {
  return Object.fromEntries(
    OPTION_ROWS.flatMap(([, row]): [string, Flags[string]][] => {
      const { flag, argument, separator } = row;
      if (flag === undefined || !isWanted(row)) return [];
      const name = argumentName(flag);
      if (argument === undefined) return [[name, { type: 'boolean' }]];
      return [[name, { type: 'string', multiple: separator !== undefined }]];
    }),
  );
}

/** What was given for them, by the names of the table. */
export function commandLineOptions(values: Readonly<Record<string, unknown>>): CommandLineOptions {
  const given = OPTION_ROWS.flatMap(([name, { flag = '' }]): [OptionName, unknown][] => {
    const value = values[argumentName(flag)];
    return value === undefined ? [] : [[name, value === true ? 'on' : value]];
  });
  return Object.fromEntries(given);
}

/** Their lines of `svcdns serve --help`; of `check` and `records`, those about names. */
export function flagLines(isWanted: (row: OptionRow) => boolean = () => true): string {
  return OPTION_ROWS.flatMap(([, row]) => (isWanted(row) ? helpLines(row) : [])).join('\n');
}

/** The lines of `NAME_FLAGS`, without that of an option that the command has itself. */
export function nameFlagLines(own?: OptionName): string {
  return flagLines((row) => row.isOfNames === true && (own === undefined || row !== OPTIONS[own]));
}

/** A flag that is too wide for its column has a line of its own. */
function helpLines({ flag, argument, help = [] }: OptionRow): string[] {
  if (help.length === 0) return [];
  const left = [flag, argument].filter(Boolean).join(' ');
  const rows = left.length > WIDTH ? ['', ...help] : help;
  return rows.map((line, at) => `  ${(at === 0 ? left : '').padEnd(WIDTH)} ${line}`.trimEnd());
}

const WIDTH = 20;

/** What was meant by an option that the command does not have. */
export function insteadOfFlag(word: string): string {
  if (word === 'manifests')
    return ': the folder stands alone, as in svcdns check k8s or svcdns records k8s';
  if (Object.hasOwn(SETTING_FLAGS, word)) return ': it is an option of svcdns serve';
  const known = OPTION_ROWS.find(([, { elsewhere }]) => elsewhere?.includes(word))?.[1];
  if (known !== undefined) return `: did you mean '${known.flag}'?`;
  const meant = insteadOf(word, Object.keys(SETTING_FLAGS), '--config');
  return meant.replace(/(did you mean ')/, '$1--');
}

/** The lines of `svcdns --help` about variables: switches last, and then those of the log. */
export function variableLines(): string {
  const known = OPTION_ROWS.map(([, row]) => row).filter(({ variable }) => variable !== undefined);
  const width = Math.max(...known.map(({ variable = '' }) => variable.length));
  const rank = ({ variable = '', argument }: (typeof known)[number]) =>
    variable.startsWith('LOG_') ? 2 : argument === OFF ? 1 : 0;
  return known
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ variable = '', variableHelp }) => `  ${variable.padEnd(width)}  ${variableHelp}`)
    .join('\n');
}

/** `hold-deletions`, `dns-port`: `parseArgs` takes no dot in a name. */
function argumentName(flag: string): string {
  return flag.replace(/^-+/, '').replace('.', '-');
}
