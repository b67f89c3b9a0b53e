import type { startApp } from '../app.ts';
import { loadSettings } from '../config/load.ts';
import type { ServerOptions } from '../config/server-options.ts';
import type { BlockSettings, Settings } from '../config/settings.ts';
import { type LoadSummary, mergeSummaries } from '../control/summary.ts';
import type { SocketAddress } from '../dns/query.ts';
import { type Problem, problemText } from '../kube/problem.ts';
import { createLogger } from '../observe/log.ts';
import { OFF } from '../plugins/flag.ts';
import { plugin as loadbalance } from '../plugins/loadbalance/setup.ts';

export type { ServerOptions } from '../config/server-options.ts';

/** A running server. */
export interface Server {
  /** Every address that is answered on. */
  readonly addresses: readonly SocketAddress[];
  /** The first of them. */
  readonly address: SocketAddress;
  /** What the manifests came to when they were last read. */
  readonly summary: LoadSummary;
  /** Answers what is still due and lets go of every socket, watch and thread. */
  close(): Promise<void>;
}

/** Options that cannot be carried out; `problems` has one entry for each thing that is wrong. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}

/**
 * The server that these options ask for, started by `start`. Resolves when it listens and has read
 * the manifests.
 *
 * @throws {SettingsError} when an option or the Corefile is wrong, or the manifests are not there.
 * @internal
 */
export async function serverFrom(options: ServerOptions, start: typeof startApp): Promise<Server> {
  const settings = settingsFrom(options);
  const log = createLogger(settings.options.logLevel);
  const app = await start(settings, { log });
  await app.whenSynced();
  return {
    get addresses() {
      return app.addresses;
    },
    get address() {
      return app.addresses[0] as SocketAddress;
    },
    get summary() {
      return mergeSummaries(app.loaded.map(({ source, summary }) => ({ ...source, summary })));
    },
    close: () => app.close(),
  };
}

function settingsFrom(options: ServerOptions): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new SettingsError([noOptions(options)]);
  }
  const given = { ...defaultsBeside(options), ...definedOf(options) };
  const texts = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, asText(value)]),
  );
  const { settings, problems } = loadSettings({
    options: texts,
    env: {},
    cwd: process.cwd(),
    author: 'program',
    mustFind: true,
  });
  if (settings === undefined) throw new SettingsError(problems);
  if (options.config !== undefined) return settings;
  return { ...settings, blocks: settings.blocks.map(inFixedOrder) };
}

/**
 * What holds in a program that says nothing: a free port of loopback, and no other server. A
 * Corefile says itself where to listen and what is forwarded.
 */
function defaultsBeside({ config }: ServerOptions): ServerOptions {
  const always = { admin: OFF, logLevel: 'silent' };
  return config === undefined ? { ...always, listen: '127.0.0.1:0', forward: OFF } : always;
}

function definedOf(options: ServerOptions): ServerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** No place in a file. */
const ARGUMENT = { file: 'options', document: 0, line: 0, column: 0 };

function noOptions(found: unknown): Problem {
  const what = Array.isArray(found) ? 'a list' : found === null ? 'null' : `a ${typeof found}`;
  const message = `Found ${what} as options: expected an object, as in { manifests: 'k8s' }`;
  return { severity: 'error', code: 'CONFIG_OPTIONS', message, origin: ARGUMENT };
}

/** As on a command line. What is of no use there is left for the options' reader to refuse. */
function asText(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'on' : OFF;
  return value;
}

/** A test compares lists: addresses do not come in turn. */
function inFixedOrder(served: BlockSettings): BlockSettings {
  const directives = served.block.directives.filter(({ name }) => name !== loadbalance.directive);
  return { ...served, block: { ...served.block, directives } };
}
