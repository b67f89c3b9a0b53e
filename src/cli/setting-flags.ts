import { OFF } from '../config/option-readers.ts';
import { type CommandLineOptions, OPTION_ROWS, type OptionName } from '../config/options.ts';

/** The flags of the table of options, as `parseArgs` wants them. */
export const SETTING_FLAGS: Record<string, { type: 'string'; multiple?: boolean }> =
  Object.fromEntries(
    OPTION_ROWS.flatMap(([, { flag, separator }]) =>
      flag === undefined
        ? []
        : [[argumentName(flag), { type: 'string', multiple: separator !== undefined }]],
    ),
  );

/** What was given for them, by the names of the table. */
export function commandLineOptions(values: Readonly<Record<string, unknown>>): CommandLineOptions {
  const given = OPTION_ROWS.flatMap(([name, { flag = '' }]): [OptionName, unknown][] => {
    const value = values[argumentName(flag)];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** Their lines of `svcdns serve --help`. */
export function flagLines(): string {
  return OPTION_ROWS.flatMap(([, { flag, argument, help = [] }]) =>
    help.map((line, at) => `  ${(at === 0 ? `${flag} ${argument}` : '').padEnd(20)} ${line}`),
  ).join('\n');
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
