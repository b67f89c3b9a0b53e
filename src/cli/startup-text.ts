import { isAbsolute, relative } from 'node:path';
import { listenAddressText } from '../config/listen-address.ts';
import { type NameSource, sourceKey } from '../config/name-sources.ts';
import type { ListenAddress, Settings } from '../config/settings.ts';
import type { LoadSummary } from '../control/summary.ts';
import type { Line } from '../corefile/parse.ts';
import { directivesNamed } from '../corefile/resolve.ts';
import { isInZone, isReverseZone } from '../corefile/zone-name.ts';
import { counted } from './counted.ts';
import { namespaceTable } from './namespace-table.ts';
import { problemLine, sortedProblems } from './problem-text.ts';

/** What is running, for the first thing that somebody reads. */
export interface Started {
  readonly version: string;
  readonly settings: Settings;
  /** The sources of names, and what they came to. */
  readonly loaded: readonly Loaded[];
  readonly addresses: readonly ListenAddress[];
  readonly admin: ListenAddress | undefined;
  /** Folder that paths are shown relative to. */
  readonly cwd: string;
}

interface Loaded {
  readonly source: NameSource;
  readonly summary: LoadSummary;
}

/** Problems shown at the start; `svcdns check` shows all. */
const MAX_PROBLEMS = 20;

/** Lines about forwarding. */
const MAX_FORWARDS = 5;

/**
 * The start-up text: what was loaded, what was refused and where, where it is answered, and a line
 * to paste that gets an answer.
 */
export function startupText(started: Started): string {
  const { version, settings, loaded } = started;
  const [only, ...others] = loaded;
  const isOne = only !== undefined && others.length === 0;
  const lines = [
    isOne ? `svcdns ${version}: ${zonesText(only)}` : `svcdns ${version}`,
    ...loaded.flatMap((one) => [
      '',
      ...(isOne ? [] : [`${zonesText(one)}:`]),
      ...namesLines(one, started),
    ]),
    `Listening on ${started.addresses.map(listenAddressText).join(', ')} (UDP and TCP)`,
    ...adminLines(started.admin),
    ...forwardLines(settings),
    '',
    // A Corefile without `kubernetes` has no names of its own to tell about.
    ...(only === undefined ? [] : [`Try: ${digLine(started, only)}`, '']),
  ];
  return `${lines.join('\n')}\n`;
}

/** What the manifests of one source came to. Those of an earlier one too have told their problems already. */
function namesLines({ source, summary }: Loaded, { loaded, cwd }: Started): string[] {
  const folders = source.manifests.map((path) => shownPath(path, cwd));
  const read = source.manifests.join('\n');
  const first = loaded.find((one) => one.source.manifests.join('\n') === read);
  return [
    ...namespaceTable(summary.namespaces),
    '',
    loadedLine(summary, folders),
    ...(first?.source === source ? problemLines(summary, folders) : []),
  ];
}

function zonesText({ source }: Loaded): string {
  return source.zone.zones.map((name) => name || '.').join(', ');
}

function loadedLine(summary: LoadSummary, folders: readonly string[]): string {
  const { files, names, passedOver } = summary;
  const loaded = `Read ${counted(files, 'file')} in ${folders.join(', ')}: ${counted(names, 'name')}`;
  if (passedOver.length === 0) return loaded;
  const others = passedOver.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${loaded}; passed over, as DNS has no use for them: ${others}`;
}

function problemLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const command = `svcdns check ${folders.map(shellWord).join(' ')}`;
  const worst = (['error', 'warning'] as const).flatMap((severity) =>
    sortedProblems(summary.problems.filter((problem) => problem.severity === severity)),
  );
  if (worst.length === 0) return [];
  const refused = summary.refusedDocuments;
  const more = worst.length - MAX_PROBLEMS;
  return [
    refused > 0 ? `Refused ${counted(refused, 'document')}:` : 'Found:',
    ...worst.slice(0, MAX_PROBLEMS).map((problem) => `  ${problemLine(problem)}`),
    ...(more > 0 ? [`  … and ${more} more: run ${command}`] : []),
  ];
}

function adminLines(admin: ListenAddress | undefined): string[] {
  if (admin === undefined) return [];
  return [`Admin: http://${listenAddressText(reachable(admin))}/health, /ready and /metrics`];
}

/** Which names leave for which servers: what happens to all the names that are not in the table. */
function forwardLines({ blocks }: Settings): string[] {
  const lines = blocks.flatMap(({ block }) => directivesNamed(block, 'forward'));
  if (lines.length === 0)
    return ['Forwarding nothing: names that are not answered here are refused'];
  const more = lines.length - MAX_FORWARDS;
  return [
    ...lines.slice(0, MAX_FORWARDS).map(forwardLine),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function forwardLine({ args: [from, ...to] }: Line): string {
  const names = from?.text === '.' ? 'all other names' : `names of ${from?.text}`;
  const servers = to.map(({ text }) => (text.startsWith('/') ? `the servers in ${text}` : text));
  return `Forwarding ${names} to ${servers.join(', ')}`;
}

/**
 * A question with an answer: a Service when there is one, else the version of the DNS schema, which
 * every cluster has.
 */
function digLine(started: Started, { source, summary }: Loaded): string {
  const zone = source.zone.zones.find((candidate) => !isReverseZone(candidate)) ?? '';
  const addresses = addressesFor(zone, source, started);
  const { address, port } = reachable(
    addresses.find((candidate) => isLoopback(candidate)) ??
      addresses[0] ?? { address: '', port: 53 },
  );
  const server = port === 53 ? `@${address}` : `@${address} -p ${port}`;
  const inZone = (name: string) => (zone === '' ? `${name}.` : `${name}.${zone}`);
  return summary.example === undefined
    ? `dig ${server} ${inZone('dns-version')} TXT`
    : `dig ${server} ${inZone(`${summary.example}.svc`)}`;
}

/** Where names of the zone are asked for: other server blocks may be at other ports. Port 0 has become another by now. */
function addressesFor(
  zone: string,
  source: NameSource,
  { settings, addresses }: Started,
): readonly ListenAddress[] {
  const key = sourceKey(source);
  const having = settings.blocks.filter(
    ({ kubernetes }) => kubernetes !== undefined && sourceKey(kubernetes) === key,
  );
  const block = having.find(({ zones }) => zones.some((served) => isInZone(zone, served.zone)));
  const ports = new Set(block?.listen.map(({ port }) => port));
  const there = addresses.filter(({ port }) => ports.has(port));
  return there.length > 0 ? there : addresses;
}

function isLoopback({ address }: ListenAddress): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** An address of this machine to ask at, for what listens on all of them. */
function reachable({ address, port }: ListenAddress): ListenAddress {
  if (address === '' || address === '0.0.0.0') return { address: '127.0.0.1', port };
  return { address: address === '::' ? '::1' : address, port };
}

function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  if (near === '') return '.';
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What is printed when the manifests cannot all be read, in place of the table. */
export function waitingText(
  addresses: readonly { readonly address: string; readonly port: number }[],
  manifests: readonly string[],
): string {
  const where = addresses.map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return `Listening on ${where.join(', ')}, and waiting: not all of these can be read yet, so names that are not found get SERVFAIL:
${manifests.map((path) => `  ${path}`).join('\n')}
`;
}
