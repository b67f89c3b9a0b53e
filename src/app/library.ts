import { existsSync } from 'node:fs';
import type { startApp } from '../app.ts';
import { loadSettings } from '../config/load.ts';
import { manifestsOf } from '../config/name-sources.ts';
import type { BlockSettings, Settings } from '../config/settings.ts';
import { mergeSummaries } from '../control/merge-summaries.ts';
import type { LoadSummary } from '../control/summary.ts';
import { zonesFromText } from '../corefile/zone-name.ts';
import { type Problem, problemText } from '../kube/problem.ts';
import { createLogger } from '../observe/log.ts';
import type { BoundAddress } from '../server/listeners.ts';
import type { PodMode } from '../zone/options.ts';

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

/** A running server. */
export interface Server {
  /** Every address that is answered on. */
  readonly addresses: readonly BoundAddress[];
  /** The first of them. */
  readonly address: BoundAddress;
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
      return app.addresses[0] as BoundAddress;
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
  const { manifests, config, listen = '127.0.0.1:0', admin, upstreams = 'off' } = options;
  const { settings, problems } = loadSettings({
    options: {
      ...(manifests === undefined ? {} : { manifests: [manifests].flat() }),
      ...(config === undefined
        ? { listen: [listen].flat(), forward: [upstreams].flat() }
        : { config }),
      admin: admin ?? 'off',
    },
    env: options.logLevel === undefined ? {} : { LOG_LEVEL: options.logLevel },
    cwd: process.cwd(),
  });
  if (settings === undefined) throw new SettingsError(problems);
  const missing = manifestsOf(settings).filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw new SettingsError(missing.map((path) => problem(path, 'Cannot find these manifests')));
  }
  const { watch, rescanSeconds } = options;
  return {
    ...settings,
    options: {
      ...settings.options,
      watch: watch ?? settings.options.watch,
      rescanSeconds: rescanSeconds ?? settings.options.rescanSeconds,
    },
    blocks: settings.blocks
      .map((block) => (config === undefined ? inFixedOrder(block) : block))
      .map((block) => withZone(block, options)),
  };
}

function withZone(served: BlockSettings, { ttl, pods, zones }: ServerOptions): BlockSettings {
  const { kubernetes } = served;
  if (kubernetes === undefined) return served;
  const zone = {
    ...kubernetes.zone,
    ttl: ttl ?? kubernetes.zone.ttl,
    pods: pods ?? kubernetes.zone.pods,
    zones: zones?.map(zoneName) ?? kubernetes.zone.zones,
  };
  return { ...served, kubernetes: { ...kubernetes, zone } };
}

/** A test compares lists: addresses do not come in turn. */
function inFixedOrder(served: BlockSettings): BlockSettings {
  const directives = served.block.directives.filter(({ name }) => name !== 'loadbalance');
  return { ...served, block: { ...served.block, directives } };
}

const OPTION_NAMES = [
  'manifests',
  'listen',
  'config',
  'admin',
  'upstreams',
  'ttl',
  'pods',
  'zones',
  'watch',
  'rescanSeconds',
  'logLevel',
];

/** A program in JavaScript may give anything. */
function optionProblems(options: ServerOptions): Problem[] {
  const { ttl, rescanSeconds, pods, zones, manifests, upstreams } = options;
  const found = Object.keys(options)
    .filter((name) => !OPTION_NAMES.includes(name))
    .map((name) => problem(name, `Unknown option: expected one of ${OPTION_NAMES.join(', ')}`));
  if (ttl !== undefined && !(Number.isInteger(ttl) && ttl >= 0 && ttl <= 3600)) {
    found.push(problem('ttl', `Cannot use ${ttl}: expected a whole number from 0 to 3600`));
  }
  if (rescanSeconds !== undefined && !(rescanSeconds >= 0.1 && rescanSeconds <= 86_400)) {
    const wanted = 'expected a number from 0.1 to 86400';
    found.push(problem('rescanSeconds', `Cannot use ${rescanSeconds}: ${wanted}`));
  }
  if (pods !== undefined && !['disabled', 'insecure', 'verified'].includes(pods)) {
    found.push(problem('pods', `Cannot use ${pods}: expected disabled, insecure or verified`));
  }
  if (manifests !== undefined && [manifests].flat().length === 0) {
    found.push(problem('manifests', 'Cannot read no folder at all: expected at least one'));
  }
  if (upstreams !== undefined && options.config !== undefined) {
    found.push(
      problem('upstreams', 'Cannot be together with config: expected a forward line in it'),
    );
  }
  if (upstreams !== undefined && [upstreams].flat().length === 0) {
    found.push(problem('upstreams', 'Cannot forward to nobody: expected at least one server'));
  }
  if (zones?.length === 0) found.push(problem('zones', 'Cannot serve no zone: expected one'));
  for (const zone of zones ?? []) {
    const parsed = zonesFromText(zone);
    if ('fault' in parsed) found.push(problem('zones', parsed.fault));
  }
  return found;
}

function zoneName(zone: string): string {
  return zone.toLowerCase().replace(/\.$/, '');
}

function problem(name: string, message: string): Problem {
  const origin = { file: name, document: 0, line: 0, column: 0 };
  return { severity: 'error', code: 'OPTION', message, origin };
}
