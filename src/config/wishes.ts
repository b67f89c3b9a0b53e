import type { Environment } from '../corefile/env-references.ts';
import { didYouMean, type ProblemList, quoted, whole } from '../corefile/problems.ts';

/** What a command line can say of the settings; a caller in a program says the same. */
export interface CommandLineOptions {
  /** Folders or files of manifests, for every `kubernetes` block that names none. */
  readonly manifests?: readonly string[];
  /** Path of a Corefile, or `stdin`. */
  readonly config?: string;
  /** Addresses to listen on instead of the default ones; not together with `config`. */
  readonly listen?: readonly string[];
  /** Address of the admin server, or `off`. */
  readonly admin?: string;
  /**
   * Upstreams that the default configuration forwards to instead of /etc/resolv.conf, as behind
   * `forward .`; or `off`; not together with `config`.
   */
  readonly forward?: readonly string[];
  /** Port of zones that name none: CoreDNS's `-dns.port`. */
  readonly dnsPort?: string;
  /** `off`: a change that removes most Services takes effect at once. Default `on`. */
  readonly holdDeletions?: string;
  /** `off`: objects of a file that has become broken go with it. Default `on`. */
  readonly keepLastGood?: string;
  /** `off`: a file that hung the parser is read again after the restart. Default `on`. */
  readonly quarantine?: string;
  /** Folder for what is kept from one run to the next, or `off`. */
  readonly state?: string;
}

/** A setting somebody asked for, and by what: `--listen`, `SVCDNS_LISTEN`. */
export interface Wish<T> {
  readonly value: T;
  readonly from: string;
  readonly isOption: boolean;
}

/** What was asked for on the command line, or else in the environment. */
export interface Wishes {
  readonly manifests: Wish<readonly string[]> | undefined;
  readonly config: Wish<string> | undefined;
  readonly listen: Wish<readonly string[]> | undefined;
  readonly admin: Wish<string> | undefined;
  readonly forward: Wish<readonly string[]> | undefined;
  readonly dnsPort: Wish<string> | undefined;
  readonly rescan: Wish<string> | undefined;
  /** `on` or `off`. */
  readonly holdDeletions: Wish<string> | undefined;
  /** `on` or `off`. */
  readonly keepLastGood: Wish<string> | undefined;
  /** `on` or `off`. */
  readonly quarantine: Wish<string> | undefined;
  readonly state: Wish<string> | undefined;
  readonly logLevel: Wish<string> | undefined;
  readonly logFormat: Wish<string> | undefined;
}

/** How each option is spelled on the command line. */
const FLAGS = {
  manifests: '--manifests',
  config: '--config',
  listen: '--listen',
  admin: '--admin',
  forward: '--forward',
  dnsPort: '-dns.port',
  holdDeletions: '--hold-deletions',
  keepLastGood: '--keep-last-good',
  quarantine: '--quarantine',
  state: '--state',
} as const satisfies Record<keyof CommandLineOptions, string>;

/** Options of which the last one given holds. */
type OneValue = Exclude<keyof CommandLineOptions, 'manifests' | 'listen' | 'forward'>;

const VARIABLES = [
  'SVCDNS_MANIFESTS',
  'SVCDNS_CONFIG',
  'SVCDNS_LISTEN',
  'SVCDNS_ADMIN',
  'SVCDNS_FORWARD',
  'SVCDNS_RESCAN',
  'SVCDNS_HOLD_DELETIONS',
  'SVCDNS_KEEP_LAST_GOOD',
  'SVCDNS_QUARANTINE',
  'SVCDNS_STATE',
];

/** Merges the command line over the environment. An empty variable counts as unset. */
export function readWishes(
  options: CommandLineOptions,
  env: Environment,
  problems: ProblemList,
): Wishes {
  checkOptionNames(options, problems);
  checkVariableNames(env, problems);
  const one = (name: OneValue, variable?: string) =>
    fromOption(name, textsOf(options[name], name, problems).at(-1)) ??
    fromVariable(variable, env, (text) => text);
  const many = (name: 'manifests' | 'listen' | 'forward', variable: string, separator: string) => {
    const given = textsOf(options[name], name, problems);
    return (
      fromOption(name, given.length === 0 ? undefined : given) ??
      fromVariable(variable, env, (text) => parts(text, separator))
    );
  };
  return {
    manifests: many('manifests', 'SVCDNS_MANIFESTS', ':'),
    config: one('config', 'SVCDNS_CONFIG'),
    listen: many('listen', 'SVCDNS_LISTEN', ','),
    admin: one('admin', 'SVCDNS_ADMIN'),
    forward: many('forward', 'SVCDNS_FORWARD', ','),
    dnsPort: one('dnsPort'),
    rescan: fromVariable('SVCDNS_RESCAN', env, (text) => text),
    holdDeletions: one('holdDeletions', 'SVCDNS_HOLD_DELETIONS'),
    keepLastGood: one('keepLastGood', 'SVCDNS_KEEP_LAST_GOOD'),
    quarantine: one('quarantine', 'SVCDNS_QUARANTINE'),
    state: one('state', 'SVCDNS_STATE'),
    logLevel: fromVariable('LOG_LEVEL', env, (text) => text),
    logFormat: fromVariable('LOG_FORMAT', env, (text) => text),
  };
}

function fromOption<T>(name: keyof CommandLineOptions, value: T | undefined): Wish<T> | undefined {
  return value === undefined ? undefined : { value, from: FLAGS[name], isOption: true };
}

function fromVariable<T>(
  name: string | undefined,
  env: Environment,
  read: (text: string) => T,
): Wish<T> | undefined {
  const text = name === undefined ? undefined : env[name]?.trim();
  if (name === undefined || text === undefined || text === '') return undefined;
  return { value: read(text), from: name, isOption: false };
}

function parts(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Checks the type too: a program written in JavaScript may give anything. */
function textsOf(value: unknown, name: keyof CommandLineOptions, problems: ProblemList): string[] {
  const values: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.filter((text): text is string => {
    if (typeof text === 'string' && text !== '') return true;
    const message = `Cannot use ${text === '' ? 'an empty text' : `a value of type ${typeof text}`} for ${name}: expected text`;
    problems.error('CONFIG_OPTION', message, whole(FLAGS[name]));
    return false;
  });
}

function checkOptionNames(options: CommandLineOptions, problems: ProblemList): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(FLAGS, name)) continue;
    const message = `Unknown option ${quoted(name)}${didYouMean(name, Object.keys(FLAGS))}`;
    problems.error('CONFIG_UNKNOWN_OPTION', message, whole('options'));
  }
}

/**
 * A misspelled variable is only a warning, and an unknown one that resembles none of ours is
 * nothing: beside a Service named `svcdns`, Kubernetes sets SVCDNS_SERVICE_HOST and others in each
 * pod.
 */
function checkVariableNames(env: Environment, problems: ProblemList): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('SVCDNS_') || VARIABLES.includes(name)) continue;
    const meant = didYouMean(name, VARIABLES);
    if (meant === '') continue;
    problems.warning(
      'CONFIG_UNKNOWN_VARIABLE',
      `Unknown variable ${quoted(name)}${meant}`,
      whole(name),
    );
  }
}
