import { resolve } from 'node:path';
import type { Environment } from '../corefile/env-references.ts';
import { didYouMean, quoted } from '../corefile/problems.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat } from '../observe/log.ts';
import { stateFolder } from './state-folder.ts';

/** Said instead of a place or a value: there is none. */
export const OFF = 'off';

/** What an option comes to, or what is wrong with its text. */
type Reading<T> = { readonly value: T } | { readonly fault: string };

/** What a reader or a default may look at besides the text. */
export interface OptionWorld {
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
}

/** One option, however it is given. */
export interface OptionRow {
  /** `--listen`; `-dns.port` is CoreDNS's spelling. */
  readonly flag?: string;
  readonly variable?: string;
  /** Between the values in the variable; the flag may then be given more than once. */
  readonly separator?: string;
  /** Code of the error that `read` leads to. */
  readonly code?: string;
  /** Reads the text. Without it the Corefile decides what the text means: see load.ts. */
  readonly read?: (text: string, world: OptionWorld) => Reading<unknown>;
  /** What holds without the option; with it the option is one of `Settings.options`. */
  readonly fallback?: (world: OptionWorld) => unknown;
}

/** A switch that is on unless somebody says `off`. */
const SWITCH = { read: readSwitch, fallback: () => true } as const;

/**
 * Every option, a row each: flag, variable, reader, and default with its reason.
 */
export const OPTIONS = {
  /** Folders or files of manifests, for every `kubernetes` block that names none. */
  manifests: {
    flag: '--manifests',
    variable: 'SVCDNS_MANIFESTS',
    separator: ':',
  },
  /** Path of a Corefile, or `stdin`. */
  config: {
    flag: '--config',
    variable: 'SVCDNS_CONFIG',
  },
  /** Addresses to listen on instead of the default ones; not together with `config`. */
  listen: {
    flag: '--listen',
    variable: 'SVCDNS_LISTEN',
    separator: ',',
  },
  /** Address of the admin server, or `off`. */
  admin: {
    flag: '--admin',
    variable: 'SVCDNS_ADMIN',
  },
  /**
   * Upstreams that the default configuration forwards to instead of /etc/resolv.conf, as behind
   * `forward .`; or `off`; not together with `config`.
   */
  forward: {
    flag: '--forward',
    variable: 'SVCDNS_FORWARD',
    separator: ',',
  },
  /** Port of zones that name none. */
  dnsPort: { flag: '-dns.port', code: 'CONFIG_PORT', read: readPort },
  /** How often the folders are compared with what is loaded, whatever the watcher said; seconds. */
  rescanSeconds: {
    variable: 'SVCDNS_RESCAN',
    code: 'CONFIG_RESCAN',
    read: readRescan,
    // Makes up for missed events and network file systems; CoreDNS's `reload` takes as long.
    fallback: (): number => 30,
  },
  /** Use the system's reports of changes as a doorbell between rescans. */
  watch: { fallback: (): boolean => true },
  /**
   * A change that would remove most Services waits until a rescan has seen it too: an emptied or
   * half-copied folder looks just like a mass deletion.
   */
  holdDeletions: {
    ...SWITCH,
    flag: '--hold-deletions',
    variable: 'SVCDNS_HOLD_DELETIONS',
    code: 'CONFIG_HOLD_DELETIONS',
  },
  /** Objects of a file that has become broken stay: yesterday's address is better than none. */
  keepLastGood: {
    ...SWITCH,
    flag: '--keep-last-good',
    variable: 'SVCDNS_KEEP_LAST_GOOD',
    code: 'CONFIG_KEEP_LAST_GOOD',
  },
  /**
   * A file that hung the parser is left out until it changes: one file must not keep all others
   * from being read.
   */
  quarantine: {
    ...SWITCH,
    flag: '--quarantine',
    variable: 'SVCDNS_QUARANTINE',
    code: 'CONFIG_QUARANTINE',
  },
  /** Folder for what is kept from one run to the next, absolute; undefined to keep nothing. */
  state: {
    flag: '--state',
    variable: 'SVCDNS_STATE',
    read: (text: string, { cwd }: OptionWorld) => ({
      value: text === OFF ? undefined : resolve(cwd, text),
    }),
    fallback: ({ env }: OptionWorld) => stateFolder(env),
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    code: 'CONFIG_LOG_LEVEL',
    read: readLogLevel,
    fallback: (): string => 'info',
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    code: 'CONFIG_LOG_FORMAT',
    read: readLogFormat,
    fallback: (): LogFormat => 'json', // what log collectors read, with every fact as a field
  },
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

/** The settings that hold when nobody gives an option. */
export function defaultOptions(world: OptionWorld): OptionSettings {
  const settings = OPTION_ROWS.flatMap(([name, { fallback }]) =>
    fallback === undefined ? [] : [[name, fallback(world)]],
  );
  return Object.fromEntries(settings);
}

function readSwitch(text: string): Reading<boolean> {
  if (text === 'on' || text === OFF) return { value: text === 'on' };
  return { fault: `Cannot use ${quoted(text)}: expected on or off` };
}

function readPort(text: string): Reading<number> {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return { value: Number(text) };
  return { fault: `Cannot use ${quoted(text)} as a port: expected 0 to 65535` };
}

function readRescan(text: string): Reading<number> {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (isRescan(seconds)) return { value: seconds };
  return { fault: `Cannot rescan every ${quoted(text)}: expected seconds, 0.1 to 86400` };
}

/**
 * Under a tenth of a second a large folder would be listed without a pause; over a day is hardly
 * ever.
 */
function isRescan(seconds: number): boolean {
  return seconds >= 0.1 && seconds <= 86_400;
}

function readLogLevel(text: string): Reading<string> {
  const level = text.toLowerCase();
  if (LOG_LEVELS.includes(level)) return { value: level };
  const known = LOG_LEVELS.join(', ');
  return {
    fault: `Unknown log level ${quoted(text)}: expected one of ${known}${didYouMean(level, LOG_LEVELS)}`,
  };
}

function readLogFormat(text: string): Reading<LogFormat> {
  const format = LOG_FORMATS.find((known) => known === text.toLowerCase());
  if (format !== undefined) return { value: format };
  return { fault: `Unknown log format ${quoted(text)}: expected ${LOG_FORMATS.join(' or ')}` };
}
