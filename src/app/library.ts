import { existsSync } from 'node:fs';
import type { startApp } from '../app.ts';
import { loadSettings } from '../config/load.ts';
import { manifestsOf } from '../config/name-sources.ts';
import {
  LIBRARY_OPTIONS,
  LIBRARY_ROWS,
  OPTIONS,
  type OptionRow,
  type ServerOptions,
} from '../config/options.ts';
import type { BlockSettings, Settings } from '../config/settings.ts';
import { type LoadSummary, mergeSummaries } from '../control/summary.ts';
import type { SocketAddress } from '../dns/query.ts';
import { type Problem, problemText } from '../kube/problem.ts';
import { createLogger } from '../observe/log.ts';
import type { ZoneOptions } from '../zone/options.ts';

export type { ServerOptions } from '../config/options.ts';

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
 */
export async function serverFrom(options: ServerOptions, start: typeof startApp): Promise<Server> {
  const settings = settingsFrom(options);
  const log = createLogger(options.logLevel ?? 'silent');
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
  const wrong = optionProblems(options);
  if (wrong.length > 0) throw new SettingsError(wrong);
  const { texts, env, values, zone } = sortedOptions(options);
  const { settings, problems } = loadSettings({ options: texts, env, cwd: process.cwd() });
  if (settings === undefined) throw new SettingsError(problems);
  const missing = manifestsOf(settings).filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw new SettingsError(missing.map((path) => problem(path, 'Cannot find these manifests')));
  }
  return {
    ...settings,
    options: { ...settings.options, ...values },
    blocks: settings.blocks
      .map((block) => (options.config === undefined ? inFixedOrder(block) : block))
      .map((block) => withZone(block, zone)),
  };
}

/** What holds in a program that says nothing: a free port of loopback, and no other server. */
const DEFAULTS: ServerOptions = { listen: '127.0.0.1:0', admin: 'off', upstreams: 'off' };

/** The options by how each gets into the settings, under the names of the table. */
interface SortedOptions {
  /** As on the command line. */
  readonly texts: Record<string, unknown>;
  readonly env: Record<string, string>;
  /** Settings by themselves. */
  readonly values: Record<string, unknown>;
  /** Options of `kubernetes`. */
  readonly zone: Record<string, unknown>;
}

function sortedOptions(options: ServerOptions): SortedOptions {
  const sorted: SortedOptions = { texts: {}, env: {}, values: {}, zone: {} };
  for (const [name, rowName] of LIBRARY_ROWS) {
    // A Corefile says itself where to listen and what is forwarded.
    if (options.config !== undefined && (name === 'listen' || name === 'upstreams')) continue;
    const value = options[name] ?? DEFAULTS[name];
    if (value === undefined) continue;
    const row: OptionRow = OPTIONS[rowName];
    if (row.isOfZone) sorted.zone[rowName] = value;
    else if (row.flag !== undefined) sorted.texts[rowName] = value;
    else if (row.variable !== undefined && typeof value === 'string')
      sorted.env[row.variable] = value;
    else sorted.values[rowName] = value;
  }
  return sorted;
}

function withZone(served: BlockSettings, zone: Partial<ZoneOptions>): BlockSettings {
  const { kubernetes } = served;
  if (kubernetes === undefined) return served;
  const zones = (zone.zones ?? kubernetes.zone.zones).map(zoneName);
  return { ...served, kubernetes: { ...kubernetes, zone: { ...kubernetes.zone, ...zone, zones } } };
}

function zoneName(zone: string): string {
  return zone.toLowerCase().replace(/\.$/, '');
}

/** A test compares lists: addresses do not come in turn. */
function inFixedOrder(served: BlockSettings): BlockSettings {
  const directives = served.block.directives.filter(({ name }) => name !== 'loadbalance');
  return { ...served, block: { ...served.block, directives } };
}

/** A program in JavaScript may give anything. */
function optionProblems(options: ServerOptions): Problem[] {
  const names: readonly string[] = Object.keys(LIBRARY_OPTIONS);
  const unknown = Object.keys(options)
    .filter((name) => !names.includes(name))
    .map((name) => problem(name, `Unknown option: expected one of ${names.join(', ')}`));
  const { upstreams, config } = options;
  const contradicting =
    upstreams === undefined || config === undefined
      ? []
      : [problem('upstreams', 'Cannot be together with config: expected a forward line in it')];
  const wrong = LIBRARY_ROWS.flatMap(([name, rowName]) => {
    const { check }: OptionRow = OPTIONS[rowName];
    const value = options[name];
    const faults = value === undefined ? [] : (check?.(value as never) ?? []);
    return faults.map((fault) => problem(name, fault));
  });
  return [...unknown, ...contradicting, ...wrong];
}

function problem(name: string, message: string): Problem {
  const origin = { file: name, document: 0, line: 0, column: 0 };
  return { severity: 'error', code: 'OPTION', message, origin };
}
