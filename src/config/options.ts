import { resolve } from 'node:path';
import type { Environment } from '../corefile/reader.ts';
import type { LogFormat } from '../observe/log.ts';
import type { PodMode } from '../zone/options.ts';
import { type EditOf, forwardTo } from './corefile-edits.ts';
import {
  OFF,
  type Reading,
  readLogFormat,
  readLogLevel,
  readPort,
  readRescan,
  readSwitch,
  stateFolder,
  zoneFaults,
} from './option-readers.ts';

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
  /** What stands behind the flag in the help. */
  readonly argument?: string;
  /** Lines of `svcdns serve --help`; CoreDNS's own flags have none. */
  readonly help?: readonly string[];
  readonly variable?: string;
  /** The line of `svcdns --help`. */
  readonly variableHelp?: string;
  /** Between the values in the variable; the flag may then be given more than once. */
  readonly separator?: string;
  /** Code of its problems. */
  readonly code?: string;
  /** Reads the text. Without it the Corefile decides what the text means: see load.ts. */
  readonly read?: (text: string, world: OptionWorld) => Reading<unknown>;
  /** Changes the built-in Corefile. */
  readonly edit?: EditOf<never>;
  /** How any other Corefile says the same itself: the option is ignored then. */
  readonly inCorefile?: (value: never) => string;
  /** What holds without the option; with it the option is one of `Settings.options`. */
  readonly fallback?: (world: OptionWorld) => unknown;
  /** In a program: an option of `kubernetes`, in every server block. */
  readonly isOfZone?: true;
  /** What is wrong with the value that a program gives, which may be of any type. */
  readonly check?: (value: never) => readonly string[];
}

/** A switch that is on by default. */
const SWITCH = { argument: OFF, read: readSwitch, fallback: () => true } as const;

/**
 * Every option, a row each: flag, variable, help, reader, and default with its reason. Settings,
 * `serve` with its help, the variables and the library's options all come from here; the README's
 * table is checked against it. In the order of the help.
 */
export const OPTIONS = {
  /** Folders or files of manifests, for every `kubernetes` block that names none. */
  manifests: {
    flag: '--manifests',
    argument: 'DIR',
    help: [
      'folder or file of manifests; may be given more than once.',
      'Default: the folder zones',
    ],
    variable: 'SVCDNS_MANIFESTS',
    variableHelp: "folders or files of manifests, with ':' between them",
    separator: ':',
    check: (paths: string | readonly string[]) =>
      [paths].flat().length === 0 ? ['Cannot read no folder at all: expected at least one'] : [],
  },
  /** Path of a Corefile, or `stdin`. */
  config: {
    flag: '--config',
    argument: 'FILE',
    help: ["a Corefile, in CoreDNS's language; stdin reads it from there"],
    variable: 'SVCDNS_CONFIG',
    variableHelp: 'path of a Corefile',
  },
  /** Addresses to listen on instead of the default ones; not together with `config`. */
  listen: {
    flag: '--listen',
    argument: 'ADDR:PORT',
    help: [
      'where to listen, over UDP and TCP; may be given more than once;',
      ':53 is every address. Default: 127.0.0.1:1053 and [::1]:1053.',
      'With --config, the Corefile says where',
    ],
    variable: 'SVCDNS_LISTEN',
    variableHelp: "ADDRESS:PORT to listen on, with ',' between several",
    separator: ',',
    code: 'CONFIG_LISTEN',
    inCorefile: () =>
      "says where to listen: expected ports after its zones, as in '.:1053 {', and addresses in 'bind'",
  },
  /** Address of the admin server, or `off`. */
  admin: {
    flag: '--admin',
    argument: 'ADDR:PORT',
    help: ['where /health, /ready and /metrics are, or off.', 'Default: 127.0.0.1:8053'],
    variable: 'SVCDNS_ADMIN',
    variableHelp: 'ADDRESS:PORT of /health, /ready and /metrics, or off',
  },
  /**
   * Upstreams that the default configuration forwards to instead of /etc/resolv.conf, as behind
   * `forward .`; or `off`; not together with `config`.
   */
  forward: {
    flag: '--forward',
    argument: 'SERVER',
    help: [
      'where names outside the zones are sent: an address, or a file like',
      '/etc/resolv.conf, the default; may be given more than once; off',
      'refuses them. With --config, the Corefile says where',
    ],
    variable: 'SVCDNS_FORWARD',
    variableHelp: "servers for names outside the zones, with ',' between several, or off",
    separator: ',',
    code: 'CONFIG_FORWARD',
    edit: forwardTo,
    inCorefile: (upstreams: readonly string[]) =>
      `says what is forwarded: expected 'forward . ${upstreams.join(' ')}' in it`,
    check: (servers: string | readonly string[]) =>
      [servers].flat().length === 0
        ? ['Cannot forward to nobody: expected at least one server']
        : [],
  },
  /** Port of zones that name none. */
  dnsPort: { flag: '-dns.port', code: 'CONFIG_PORT', read: readPort },
  /** How often the folders are compared with what is loaded, whatever the watcher said; seconds. */
  rescanSeconds: {
    variable: 'SVCDNS_RESCAN',
    variableHelp: 'seconds between two comparisons of the folders with what is loaded',
    code: 'CONFIG_RESCAN',
    read: readRescan,
    // Makes up for missed events and network file systems; CoreDNS's `reload` takes as long.
    fallback: (): number => 30,
    check: (seconds: number) =>
      seconds >= 0.1 && seconds <= 86_400
        ? []
        : [`Cannot use ${seconds}: expected a number from 0.1 to 86400`],
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
    help: [
      'take a change that removes most Services at once. By default',
      'it waits until the next rescan has seen it too',
    ],
    variable: 'SVCDNS_HOLD_DELETIONS',
    variableHelp: 'off takes a change that removes most Services at once',
    code: 'CONFIG_HOLD_DELETIONS',
  },
  /** Objects of a file that has become broken stay: yesterday's address is better than none. */
  keepLastGood: {
    ...SWITCH,
    flag: '--keep-last-good',
    help: [
      'let the objects of a file that has become broken go with it. By',
      'default they stay as they were last read',
    ],
    variable: 'SVCDNS_KEEP_LAST_GOOD',
    variableHelp: 'off lets the objects of a file that has become broken go with it',
    code: 'CONFIG_KEEP_LAST_GOOD',
  },
  /**
   * A file that hung the parser is left out until it changes: one file must not keep all others
   * from being read.
   */
  quarantine: {
    ...SWITCH,
    flag: '--quarantine',
    help: ['read a file again that hung the parser. By default it is left out', 'until it changes'],
    variable: 'SVCDNS_QUARANTINE',
    variableHelp: 'off reads a file again that hung the parser',
    code: 'CONFIG_QUARANTINE',
  },
  /** Folder for what is kept from one run to the next, absolute; undefined to keep nothing. */
  state: {
    flag: '--state',
    argument: 'DIR',
    help: [
      'where addresses given out and the last good names are kept from one',
      'run to the next, or off. Default: STATE_DIRECTORY, else svcdns in',
      'XDG_STATE_HOME, else ~/.local/state/svcdns',
    ],
    variable: 'SVCDNS_STATE',
    variableHelp: 'folder for what is kept from one run to the next, or off',
    read: (text: string, { cwd }: OptionWorld) => ({
      value: text === OFF ? undefined : resolve(cwd, text),
    }),
    fallback: ({ env }: OptionWorld) => stateFolder(env),
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    variableHelp: 'trace, debug, info, warn, error, fatal or silent',
    code: 'CONFIG_LOG_LEVEL',
    read: readLogLevel,
    fallback: (): string => 'info',
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    variableHelp: 'json, or text for lines as CoreDNS writes them',
    code: 'CONFIG_LOG_FORMAT',
    read: readLogFormat,
    fallback: (): LogFormat => 'json', // what log collectors read, with every fact as a field
  },
  ttl: {
    isOfZone: true,
    check: (ttl: number) =>
      Number.isInteger(ttl) && ttl >= 0 && ttl <= 3600
        ? []
        : [`Cannot use ${ttl}: expected a whole number from 0 to 3600`],
  },
  pods: {
    isOfZone: true,
    check: (pods: string) =>
      ['disabled', 'insecure', 'verified'].includes(pods)
        ? []
        : [`Cannot use ${pods}: expected disabled, insecure or verified`],
  },
  zones: { isOfZone: true, check: zoneFaults },
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

/** What a program says. */
export interface ServerOptions {
  /** Folders or files of manifests; relative ones from the working folder. They are watched. */
  readonly manifests?: string | readonly string[];
  /**
   * Where to listen, over UDP and TCP: `ADDRESS:PORT`, port 0 for any free one. Default
   * `127.0.0.1:0`.
   */
  readonly listen?: string | readonly string[];
  /** Path of a Corefile, which then says where to listen and what to serve. */
  readonly config?: string;
  /** Where `/health`, `/ready` and `/metrics` are; default nowhere. */
  readonly admin?: string;
  /**
   * Servers that are asked for names outside the zones: `127.0.0.1:5353`, `10.0.0.2`, a file like
   * `/etc/resolv.conf`. Default none: such names are refused, so that a test leaves its machine
   * only when it says so. Not together with `config`, which says it itself.
   */
  readonly upstreams?: string | readonly string[];
  /** TTL of every record, seconds, 0 to 3600; default 5. */
  readonly ttl?: number;
  /** How `1-2-3-4.NAMESPACE.pod.ZONE` is answered; default `insecure`. */
  readonly pods?: PodMode;
  /** Forward and reverse zones; default `cluster.local`, `in-addr.arpa` and `ip6.arpa`. */
  readonly zones?: readonly string[];
  /** Look at once when the system reports a change; default true. */
  readonly watch?: boolean;
  /** Compare the folders with what is loaded this often, whatever was reported; default 30. */
  readonly rescanSeconds?: number;
  /** Level of the JSON log on stdout; default `silent`. */
  readonly logLevel?: string;
}

/** The row of each option that a program has, in the order of messages. */
export const LIBRARY_OPTIONS = {
  manifests: 'manifests',
  listen: 'listen',
  config: 'config',
  admin: 'admin',
  upstreams: 'forward',
  ttl: 'ttl',
  pods: 'pods',
  zones: 'zones',
  watch: 'watch',
  rescanSeconds: 'rescanSeconds',
  logLevel: 'logLevel',
} as const satisfies Record<keyof ServerOptions, OptionName>;

export const LIBRARY_ROWS = Object.entries(LIBRARY_OPTIONS) as readonly (readonly [
  keyof ServerOptions,
  OptionName,
])[];
