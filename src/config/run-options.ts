import { resolve } from 'node:path';
import type { LogFormat } from '../observe/log.ts';
import { OFF, readSwitch } from '../plugins/flag.ts';
import type { TransportChoice } from '../server/udp/transport.ts';
import {
  readLogFormat,
  readLogLevel,
  readPort,
  readRescan,
  readStaleAfter,
  readTransport,
  stateFolder,
} from './option-readers.ts';
import type { OptionRow, OptionWorld } from './option-row.ts';

/** A switch that is on by default. */
const SWITCH = { argument: OFF, read: readSwitch, fallback: () => true } as const;

/** How the server runs, whatever names it has. */
export const RUN_OPTIONS = {
  /** Port of zones that name none. */
  dnsPort: { flag: '-dns.port', argument: 'N', code: 'CONFIG_PORT', read: readPort },
  /** How often the folders are compared with what is loaded, whatever the watcher said; seconds. */
  rescanSeconds: {
    variable: 'SVCDNS_RESCAN',
    variableHelp: 'seconds between two comparisons of the folders with what is loaded',
    code: 'CONFIG_RESCAN',
    read: readRescan,
    // Makes up for missed events and network file systems; CoreDNS's `reload` takes as long.
    fallback: (): number => 30,
  },
  /**
   * Answers say so (RFC 8914, code 3) when the API server has not been heard of for so long;
   * seconds, 0 for never. A restart of the API server takes less.
   */
  staleSeconds: {
    variable: 'SVCDNS_STALE_AFTER',
    variableHelp: 'seconds without the API server until answers are marked as stale; 0: never',
    code: 'CONFIG_STALE_AFTER',
    read: readStaleAfter,
    fallback: (): number => 60,
  },
  /** Use the system's reports of changes as a doorbell between rescans. */
  watch: { code: 'CONFIG_WATCH', read: readSwitch, fallback: (): boolean => true },
  /**
   * A change that would remove many Services waits until a rescan has seen it too: an emptied or
   * half-copied folder looks just like a mass deletion.
   */
  holdDeletions: {
    ...SWITCH,
    flag: '--hold-deletions',
    help: [
      'take a change at once that removes over 30 % of the Services, and at',
      'least 10. By default it waits until the next rescan has seen it too',
    ],
    variable: 'SVCDNS_HOLD_DELETIONS',
    variableHelp: 'off takes a change at once that removes over 30 % of the Services',
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
  /** The page at the admin address. */
  page: {
    ...SWITCH,
    flag: '--page',
    help: ['no page at the admin address, and nothing that only the page asks for'],
    variable: 'SVCDNS_PAGE',
    variableHelp: 'off: no page at the admin address',
    code: 'CONFIG_PAGE',
  },
  /** Account of who asks what: `svcdns top`, `/api/stats`. */
  askers: {
    ...SWITCH,
    flag: '--askers',
    help: ['keep no account of which clients ask what, which svcdns top shows'],
    variable: 'SVCDNS_ASKERS',
    variableHelp: 'off keeps no account of which clients ask what',
    code: 'CONFIG_ASKERS',
  },
  /** What carries queries over UDP; `auto` is the native transport where it can be loaded. */
  transport: {
    flag: '--transport',
    argument: 'NAME',
    help: [
      'how queries come over UDP: native takes them in batches, dgram is',
      "Node.js's own way. Default: auto, native where it can be loaded",
    ],
    variable: 'SVCDNS_TRANSPORT',
    variableHelp: 'how queries come over UDP: auto, native or dgram',
    code: 'CONFIG_TRANSPORT',
    read: readTransport,
    fallback: (): TransportChoice => 'auto',
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
} as const satisfies Record<string, OptionRow>;
