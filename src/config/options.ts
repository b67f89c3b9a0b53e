import { FLAGS } from '../plugins/order.ts';
import type { OptionRow, OptionWorld } from './option-row.ts';
import { DEFAULT_ADMIN_TEXT, DEFAULT_LISTEN_TEXTS } from './plain-target.ts';
import { RUN_OPTIONS } from './run-options.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

/**
 * Every option, a row each: flag, variable, help, reader, and default with its reason. Settings,
 * `serve` with its help, the variables and the library's options all come from here; the README's
 * table is checked against it. In the order of the help.
 */
export const OPTIONS = {
  ...SOURCE_OPTIONS,
  /** Path of a Corefile, `stdin`, or `off` for the built-in one. */
  config: {
    flag: '--config',
    argument: 'FILE',
    help: [
      "a Corefile, in CoreDNS's language; stdin reads it from there.",
      'Default: ./Corefile, where there is one; off leaves that out',
    ],
    variable: 'SVCDNS_CONFIG',
    variableHelp: 'path of a Corefile, or off',
    elsewhere: ['corefile'],
  },
  /** Addresses to listen on instead of the default ones. */
  listen: {
    flag: '--listen',
    argument: 'ADDR:PORT',
    help: [
      'where to listen, over UDP and TCP; may be given more than once;',
      `:53 is every address. Default: ${DEFAULT_LISTEN_TEXTS.join(' and ')}.`,
      'Beside a Corefile, where that has no port and no bind',
    ],
    variable: 'SVCDNS_LISTEN',
    variableHelp: "ADDRESS:PORT to listen on, with ',' between several",
    inImage: ':53',
    separator: ',',
    code: 'CONFIG_LISTEN',
    elsewhere: ['port', 'address'],
  },
  /** Address of the admin server, or `off`. */
  admin: {
    flag: '--admin',
    argument: 'ADDR:PORT',
    help: [
      'where /health, /ready, /metrics, /objects and /api are, or off.',
      `Default: ${DEFAULT_ADMIN_TEXT}`,
    ],
    variable: 'SVCDNS_ADMIN',
    variableHelp: 'ADDRESS:PORT of /health, /ready, /metrics, /objects and /api, or off',
  },
  ...FLAGS,
  ...RUN_OPTIONS,
} as const satisfies Record<string, OptionRow>;

type Table = typeof OPTIONS;

export type OptionName = keyof Table;

/** Options that are settings by themselves, whatever the Corefile says. */
export type OptionSettings = {
  readonly [N in OptionName as Table[N] extends { readonly fallback: unknown }
    ? N
    : never]: Table[N] extends { readonly fallback: (world: OptionWorld) => infer T } ? T : never;
};

/** What the command line or a variable gives for an option. */
export type OptionText<N extends OptionName> = Table[N] extends { readonly separator: string }
  ? readonly string[]
  : string;

/** The command line's options as texts; a caller in a program says the same. */
export type CommandLineOptions = {
  readonly [N in OptionName as Table[N] extends { readonly flag: string }
    ? N
    : never]?: OptionText<N>;
};

/** The table as rows; the order is the table's. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionRow])[];

/** The settings that hold without any option. */
export function defaultOptions(world: OptionWorld): OptionSettings {
  const settings = OPTION_ROWS.flatMap(([name, { fallback }]) =>
    fallback === undefined ? [] : [[name, fallback(world)]],
  );
  return Object.fromEntries(settings);
}
