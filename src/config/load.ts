import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../corefile/env-references.ts';
import { DISK, type Files } from '../corefile/files.ts';
import { type ListenAddress, parseListenAddress } from '../corefile/listen-address.ts';
import { parseCorefile } from '../corefile/parse.ts';
import { didYouMean, ProblemList, quoted, whole } from '../corefile/problems.ts';
import { resolveDirectives } from '../corefile/resolve.ts';
import type { Problem } from '../kube/problem.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat } from '../observe/log.ts';
import { type AdminDirective, adminDirectives } from '../plugins/admin-addresses.ts';
import { boundAddresses, type Interfaces } from '../plugins/bind.ts';
import { type CorefileText, readCorefile } from './corefile-text.ts';
import { deepFreeze } from './deep-freeze.ts';
import { withForwardWish } from './forward-wish.ts';
import { kubernetesBlocks } from './kubernetes-source.ts';
import { checkOverlaps, socketsOf } from './server-sockets.ts';
import { DEFAULTS, DNS_PORT, type Settings } from './settings.ts';
import { stateFolder } from './state-folder.ts';
import { tellUnanswered } from './unanswered.ts';
import { type CommandLineOptions, readWishes, type Wish, type Wishes } from './wishes.ts';

/** What settings are made from. */
export interface LoadInput {
  readonly options: CommandLineOptions;
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
  readonly files?: Files;
  /** Folder with the built-in `Corefile` and its `zones`. */
  readonly packageRoot?: string;
  readonly interfaces?: Interfaces;
}

/**
 * The settings with what to tell about them (warnings and hints), or, when there is an error, no
 * settings and everything that is wrong. `draft` is then what the rest comes to, as far as it could
 * be read: not to be served, but its plugins can be checked, so that all errors are told at once.
 */
export type LoadResult =
  | { readonly settings: Settings; readonly problems: readonly Problem[] }
  | {
      readonly settings: undefined;
      readonly draft?: Settings;
      readonly problems: readonly Problem[];
    };

/**
 * Decides all settings, once: the command line over the environment over the Corefile over the
 * defaults. Never throws; the result is frozen through and through.
 */
export function loadSettings(input: LoadInput): LoadResult {
  const { options, env, cwd } = input;
  const files = input.files ?? DISK;
  const packageRoot = input.packageRoot ?? fileURLToPath(new URL('../..', import.meta.url));
  const problems = new ProblemList();
  const wishes = readWishes(options, env, problems);
  const own = {
    rescanSeconds: rescanSeconds(wishes, problems),
    holdMassDeletions: isOn(wishes.holdDeletions, 'CONFIG_HOLD_DELETIONS', problems),
    keepLastGood: isOn(wishes.keepLastGood, 'CONFIG_KEEP_LAST_GOOD', problems),
    quarantine: isOn(wishes.quarantine, 'CONFIG_QUARANTINE', problems),
    state: stateFolder(wishes, env, cwd),
    logLevel: logLevel(wishes, problems),
    logFormat: logFormat(wishes, problems),
  };
  const source = readCorefile(wishes, { files, cwd, packageRoot }, problems);
  if (source === undefined) return { settings: undefined, problems: problems.all };

  const parsed = parseCorefile(source.text, source.file, { files, env, cwd });
  problems.addAll(parsed.problems);
  const blocks = withForwardWish(parsed.blocks, source, wishes, problems);
  resolveDirectives(blocks, problems);
  const interfaces = input.interfaces ?? networkInterfaces();
  const bound = blocks.map((block) => ({
    block,
    bound: boundAddresses(block, interfaces, problems),
  }));
  const defaultPort = portWish(wishes, problems) ?? DNS_PORT;
  checkOverlaps(bound, defaultPort, problems);
  const asked = adminDirectives(blocks, problems);
  const admin = adminAddresses(wishes, asked, source, problems);
  const places = { files, cwd, packageRoot };
  const kubernetes = kubernetesBlocks(blocks, source, wishes, places, problems);
  if (blocks.length === 0 && !problems.hasErrors) tellEmpty(source, problems);
  tellUnanswered(blocks, problems);
  tellIgnoredListen(source, wishes, problems);
  const served = bound.map((one) => {
    const sockets = socketsOf(one, defaultPort);
    const listen = listenAddresses(sockets, source, wishes, problems);
    // Where the built-in Corefile listens is for the command line to say, whatever its keys have.
    const zones = one.block.keys.map(({ zone, port = defaultPort }) => ({
      zone,
      port: source.isBuiltIn ? undefined : port,
    }));
    return { block: one.block, listen, zones, kubernetes: kubernetes.get(one.block) };
  });
  const settings: Settings = deepFreeze({
    ...DEFAULTS,
    ...own,
    admin,
    listen: unrepeated(served.flatMap((one) => one.listen)),
    blocks: served,
    corefile: { file: source.file, isBuiltIn: source.isBuiltIn, blocks, admin: asked },
  });
  if (!problems.hasErrors) return { settings, problems: problems.all };
  return { settings: undefined, draft: settings, problems: problems.all };
}

/**
 * CoreDNS serves `whoami` on port 53 when its Corefile is empty. Nobody wants that: it is a mount
 * that failed, or a file that is being written.
 */
function tellEmpty({ file }: CorefileText, problems: ProblemList): void {
  const message =
    'No server block: nothing to serve: expected one, as in .:53 { kubernetes cluster.local }';
  problems.error('COREFILE_NOTHING_TO_SERVE', message, whole(file));
}

/** With a Corefile of one's own, that says where to listen. */
function tellIgnoredListen(source: CorefileText, { listen }: Wishes, problems: ProblemList): void {
  if (source.isBuiltIn || listen === undefined) return;
  const rule = `the Corefile ${source.file} says where to listen: expected ports after its zones, as in '.:1053 {', and addresses in 'bind'`;
  const message = `Ignored ${listen.from}: ${rule}`;
  // An image may set the variable for those who bring no Corefile: for them it is only a hint.
  if (listen.isOption) problems.warning('CONFIG_LISTEN', message, whole(listen.from));
  else problems.hint('CONFIG_LISTEN', message, whole(listen.from));
}

function unrepeated(addresses: readonly ListenAddress[]): ListenAddress[] {
  return [...new Map(addresses.map((one) => [JSON.stringify(one), one])).values()];
}

/** The sockets of the Corefile; of the built-in one, what was asked for instead. */
function listenAddresses(
  sockets: readonly ListenAddress[],
  source: CorefileText,
  { listen, dnsPort }: Wishes,
  problems: ProblemList,
): readonly ListenAddress[] {
  if (!source.isBuiltIn) return sockets;
  const port = dnsPort === undefined ? undefined : Number(dnsPort.value);
  if (listen === undefined) {
    return port === undefined ? sockets : sockets.map((socket) => ({ ...socket, port }));
  }
  const defaultPort = port ?? sockets[0]?.port ?? DNS_PORT;
  // The image sets the variable to all addresses, with a port; the option is somebody's own word.
  const overridesPort = port !== undefined && !listen.isOption;
  const wanted = new Map<string, ListenAddress>();
  for (const text of listen.value) {
    const parsed = parseListenAddress(text, defaultPort);
    if ('fault' in parsed) problems.error('CONFIG_LISTEN', parsed.fault, whole(listen.from));
    else {
      const address = overridesPort ? { ...parsed.address, port } : parsed.address;
      wanted.set(JSON.stringify(address), address);
    }
  }
  if (listen.value.length === 0) {
    const message = 'Cannot listen nowhere: expected an address, as in 127.0.0.1:1053';
    problems.error('CONFIG_LISTEN', message, whole(listen.from));
  }
  return [...wanted.values()];
}

/**
 * Where the admin server listens: where `--admin` says; else, with somebody's Corefile, wherever it
 * has `health`, `ready` and `prometheus`.
 */
function adminAddresses(
  { admin: wish }: Wishes,
  asked: readonly AdminDirective[],
  source: CorefileText,
  problems: ProblemList,
): readonly ListenAddress[] {
  if (wish === undefined) {
    return source.isBuiltIn ? DEFAULTS.admin : unrepeated(asked.map(({ address }) => address));
  }
  if (wish.value === 'off') return [];
  const parsed = parseListenAddress(wish.value, DEFAULTS.admin[0]?.port ?? 0);
  if ('address' in parsed) return [parsed.address];
  problems.error('CONFIG_ADMIN', `${parsed.fault}; 'off' for none`, whole(wish.from));
  return [];
}

/** `on` unless somebody says `off`. */
function isOn(wish: Wish<string> | undefined, code: string, problems: ProblemList): boolean {
  if (wish === undefined || wish.value === 'on') return true;
  if (wish.value === 'off') return false;
  const message = `Cannot use ${quoted(wish.value)}: expected on or off`;
  problems.error(code, message, whole(wish.from));
  return true;
}

function portWish({ dnsPort }: Wishes, problems: ProblemList): number | undefined {
  if (dnsPort === undefined) return undefined;
  if (/^\d{1,5}$/.test(dnsPort.value) && Number(dnsPort.value) <= 65535) {
    return Number(dnsPort.value);
  }
  const message = `Cannot use ${quoted(dnsPort.value)} as a port: expected 0 to 65535`;
  problems.error('CONFIG_PORT', message, whole(dnsPort.from));
  return undefined;
}

function rescanSeconds({ rescan }: Wishes, problems: ProblemList): number {
  if (rescan === undefined) return DEFAULTS.rescanSeconds;
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(rescan.value) ? Number(rescan.value) : Number.NaN;
  // Under a tenth of a second a large folder would be listed without a pause; over a day it would
  // as good as never be.
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  const message = `Cannot rescan every ${quoted(rescan.value)}: expected seconds, 0.1 to 86400`;
  problems.error('CONFIG_RESCAN', message, whole(rescan.from));
  return DEFAULTS.rescanSeconds;
}

function logLevel({ logLevel: wish }: Wishes, problems: ProblemList): string {
  if (wish === undefined) return DEFAULTS.logLevel;
  const level = wish.value.toLowerCase();
  if (LOG_LEVELS.includes(level)) return level;
  const message = `Unknown log level ${quoted(wish.value)}: expected one of ${LOG_LEVELS.join(', ')}${didYouMean(level, LOG_LEVELS)}`;
  problems.error('CONFIG_LOG_LEVEL', message, whole(wish.from));
  return DEFAULTS.logLevel;
}

function logFormat({ logFormat: wish }: Wishes, problems: ProblemList): LogFormat {
  if (wish === undefined) return DEFAULTS.logFormat;
  const format = LOG_FORMATS.find((known) => known === wish.value.toLowerCase());
  if (format !== undefined) return format;
  const message = `Unknown log format ${quoted(wish.value)}: expected ${LOG_FORMATS.join(' or ')}`;
  problems.error('CONFIG_LOG_FORMAT', message, whole(wish.from));
  return DEFAULTS.logFormat;
}
