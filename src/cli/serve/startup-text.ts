import { isAbsolute, relative } from 'node:path';
import { type NameSource, placesOf, sourceKey } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { LoadSummary } from '../../control/summary.ts';
import { UNANSWERED } from '../../control/unanswered.ts';
import { SERVICE_WITHOUT_ENDPOINTS } from '../../controllers/endpoints/missing-endpoints.ts';
import { LOAD_BALANCER_PENDING } from '../../controllers/metallb/load-balancer-request.ts';
import { directivesNamed, type Line } from '../../corefile/parse.ts';
import { isInZone, isReverseZone } from '../../corefile/zone-name.ts';
import { addressAndPort, addressBytes, reachableAddress } from '../../dns/address.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { Origin } from '../../kube/objects.ts';
import { originText } from '../../kube/origin.ts';
import type { Problem } from '../../kube/problem.ts';
import { plugin as forwardPlugin } from '../../plugins/forward/setup.ts';
import { renderedSource, shownManifests } from '../../sources/folder/render/rendered-source.ts';
import { accessText } from '../../sources/kubeapi/access/access.ts';
import { OBJECT_OVERLAID } from '../../sources/overlay-source.ts';
import { STDIN } from '../../sources/standard-input.ts';
import { counted, problemLine, sortedProblems } from '../report/problem-text.ts';
import { namespaceTable } from './namespace-table.ts';

/** What is running, for the first thing that somebody reads. */
export interface Started {
  readonly version: string;
  readonly settings: Settings;
  /** The sources of names, and what they came to. */
  readonly loaded: readonly Loaded[];
  readonly addresses: readonly SocketAddress[];
  /** What carries queries over UDP, and why it is not the native transport. */
  readonly transport: { readonly name: string; readonly missing?: string };
  readonly admin: SocketAddress | undefined;
  /** Lines of the Corefile that send nothing on, as all of their servers are this one. */
  readonly leadingBack: readonly Origin[];
  /** Where packets of this machine go by more than a default route; undefined to say nothing. */
  readonly networks: NetworkSet | undefined;
  /** Folder that paths are shown relative to. */
  readonly cwd: string;
  /** The text goes to a terminal, which shows colours. */
  readonly hasColours?: boolean;
}

interface Loaded {
  readonly source: NameSource;
  readonly summary: LoadSummary;
}

/** Problems shown at the start; `svcdns check` shows all. */
const MAX_PROBLEMS = 20;

/** Objects laid over a cluster's that are shown at the start: all, unless they are a dump. */
const MAX_OVERLAID = 100;

/** Services without endpoints shown at the start: a folder without Pods has nothing else. */
const MAX_WITHOUT_ENDPOINTS = 5;

/** Services of type LoadBalancer without an address shown at the start. */
const MAX_PENDING_BALANCERS = 5;

/** Lines about forwarding. */
const MAX_FORWARDS = 5;

/**
 * The start-up text: what was loaded, what was refused and where, where it is answered, and a line
 * to paste that gets an answer.
 */
export function startupText(started: Started): string {
  const { version, loaded } = started;
  const [only, ...others] = loaded;
  const isOne = only !== undefined && others.length === 0;
  const lines = [
    isOne ? `svcdns ${version}: ${zonesText(only)}` : `svcdns ${version}`,
    ...loaded.flatMap((one) => [
      '',
      ...(isOne ? [] : [`${zonesText(one)}:`]),
      ...namesLines(one, started),
    ]),
    `Listening on ${started.addresses.map(addressAndPort).join(', ')} (UDP and TCP)`,
    transportLine(started.transport),
    ...adminLines(started),
    ...forwardLines(started),
    ...clusterIpLines(started),
    '',
    // A Corefile without `kubernetes` has no names of its own.
    ...(only === undefined ? [] : [`Try: ${digLine(started, only)}`, '']),
  ];
  return `${lines.join('\n')}\n`;
}

function transportLine({ name, missing }: Started['transport']): string {
  return missing === undefined ? `UDP transport: ${name}` : `UDP transport: ${name} (${missing})`;
}

/**
 * What the manifests of one source came to. Problems of manifests that an earlier source reads too
 * are not shown again.
 */
function namesLines(
  { source, summary }: Loaded,
  { loaded, cwd, hasColours = false }: Started,
): string[] {
  const folders = source.manifests.map((path) => shownPath(path, cwd));
  const read = placesOf(source).join('\n');
  const first = loaded.find((one) => placesOf(one.source).join('\n') === read);
  return [
    ...namespaceTable(summary.namespaces),
    '',
    loadedLine(summary, source, folders),
    ...(first?.source === source
      ? [
          ...unreadLines(summary, folders).map((line) => (hasColours ? red(line) : line)),
          ...problemLines(summary, folders),
          ...overlaidLines(summary, folders),
          ...endpointLines(summary, folders),
          ...(source.zone.external ? balancerLines(summary, folders) : []),
          ...unansweredLines(loaded.filter((one) => one.source.manifests.join('\n') === read)),
        ]
      : []),
  ];
}

function zonesText({ source }: Loaded): string {
  return source.zone.zones.map((name) => name || '.').join(', ');
}

function loadedLine(
  summary: LoadSummary,
  { cluster }: NameSource,
  folders: readonly string[],
): string {
  const { files, names, passedOver } = summary;
  const inFolders = `${counted(files, 'file')} in ${folders.join(', ')}`;
  const above = folders.length === 0 ? '' : `, and over it ${inFolders}`;
  const what = cluster ? `the cluster of ${accessText(cluster.access)}${above}` : inFolders;
  const loaded = `Read ${what}: ${counted(names, 'name')}`;
  if (passedOver.length === 0) return loaded;
  const others = passedOver.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${loaded}; passed over, as DNS has no use for them: ${others}`;
}

/** Files of which nothing was read: not one name among others, but perhaps all of them. */
function unreadLines({ problems }: LoadSummary, folders: readonly string[]): string[] {
  const unread = sortedProblems(problems.filter(({ isWholeFile }) => isWholeFile));
  const title = `ERROR: read nothing of ${counted(unread.length, 'file')}, so all its names are missing:`;
  return listed(title, unread, MAX_PROBLEMS, folders);
}

function red(line: string): string {
  return `\u001b[1;31m${line}\u001b[0m`;
}

function problemLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const inFiles = summary.problems.filter(({ isWholeFile }) => !isWholeFile);
  const worst = (['error', 'warning'] as const).flatMap((severity) =>
    sortedProblems(inFiles.filter((problem) => problem.severity === severity)),
  );
  const refused = summary.refusedDocuments;
  const title = refused > 0 ? `Refused ${counted(refused, 'document')}:` : 'Found:';
  return listed(title, worst, MAX_PROBLEMS, folders);
}

/** Hints are for `check`, but these answer the first question: why is there no address? */
function endpointLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(({ code }) => code === SERVICE_WITHOUT_ENDPOINTS);
  const title = 'Without endpoints:';
  return listed(title, sortedProblems(hints), MAX_WITHOUT_ENDPOINTS, folders);
}

/**
 * Where names for outside are served, those that have no address: without a pool that is a hint
 * only.
 */
function balancerLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(
    ({ code, severity }) => code === LOAD_BALANCER_PENDING && severity === 'hint',
  );
  const title = 'Pending load balancers:';
  return listed(title, sortedProblems(hints), MAX_PENDING_BALANCERS, folders);
}

/** What none of the sources with these manifests answers. */
function unansweredLines([first, ...others]: readonly Loaded[]): string[] {
  const isIn = ({ summary }: Loaded, code: string) =>
    summary.problems.some((problem) => problem.code === code);
  const hints = (first?.summary.problems ?? []).filter(
    ({ code }) => UNANSWERED.has(code) && others.every((other) => isIn(other, code)),
  );
  return listed('Not answered:', hints, UNANSWERED.size, []);
}

/** Objects of the folders that take the place of a cluster's. */
function overlaidLines(summary: LoadSummary, folders: readonly string[]): string[] {
  const hints = summary.problems.filter(({ code }) => code === OBJECT_OVERLAID);
  return listed('Laid over the cluster:', sortedProblems(hints), MAX_OVERLAID, folders);
}

function listed(
  title: string,
  problems: readonly Problem[],
  most: number,
  folders: readonly string[],
): string[] {
  if (problems.length === 0) return [];
  const more = problems.length - most;
  const command = `svcdns check ${folders.map(shellWord).join(' ')}`;
  return [
    title,
    ...problems.slice(0, most).map((problem) => `  ${problemLine(problem)}`),
    ...(more > 0 ? [`  … and ${more} more: run ${command}`] : []),
  ];
}

function adminLines({ admin, settings }: Started): string[] {
  if (admin === undefined) return [];
  const at = `http://${addressAndPort(reachable(admin))}/`;
  return [
    `Admin: ${at}health, /ready, /metrics and /objects`,
    ...(settings.options.page ? [`Page: ${at} in a browser`] : []),
  ];
}

/** Which names leave for which servers: what happens to all the names that are not in the table. */
function forwardLines({ settings, leadingBack }: Started): string[] {
  const back = new Set(leadingBack.map(originText));
  const lines = settings.blocks.flatMap(({ block }) =>
    directivesNamed(block, forwardPlugin.directive),
  );
  if (lines.length === 0)
    return ['Forwarding nothing: names that are not answered here are refused'];
  const more = lines.length - MAX_FORWARDS;
  return [
    ...lines
      .slice(0, MAX_FORWARDS)
      .map((line) => forwardLine(line, back.has(originText(line.origin)))),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function forwardLine({ args: [from, ...to] }: Line, leadsBack: boolean): string {
  const names = from?.text === '.' ? 'all other names' : `names of ${from?.text}`;
  const servers = to.map(({ text }) => (text.startsWith('/') ? `the servers in ${text}` : text));
  const where = servers.join(', ');
  return leadsBack
    ? `Not forwarding ${names}, which get SERVFAIL: there is none but this server itself among ${where}`
    : `Forwarding ${names} to ${where}`;
}

/** Names that resolve, and connections that then hang, are the second thing that people meet. */
function clusterIpLines({ loaded, networks }: Started): string[] {
  const all = loaded.flatMap(({ summary }) => summary.clusterIPs ?? []);
  const lost = all.find((ip) => networks?.has(addressBytes(ip) as Uint8Array) === false);
  if (lost === undefined) return [];
  return [
    `Cluster IPs such as ${lost} are answered, but no interface or route of this machine leads there,`,
    'a default route aside: connections hang unless something translates them, as kube-proxy does.',
    '--clusterip endpoints answers with endpoints instead: see "I get an address and curl hangs" in README',
  ];
}

/**
 * A question with an answer: a Service when there is one, else the version of the DNS schema, which
 * every cluster has. Where only names for outside are served, which may be none, it is the zone's
 * own.
 */
function digLine(started: Started, { source, summary }: Loaded): string {
  const inside = forwardZone(source.zone.zones) ?? '';
  const outside = forwardZone((source.zone.external ?? source.zone.gateway)?.zones ?? []);
  const isInside = outside === undefined || blockWith(inside, source, started) !== undefined;
  const zone = isInside ? inside : outside;
  const addresses = addressesFor(zone, source, started);
  const { address, port } = reachable(
    addresses.find((candidate) => isLoopback(candidate)) ??
      addresses[0] ?? { address: '', port: 53 },
  );
  const server = port === 53 ? `@${address}` : `@${address} -p ${port}`;
  const inZone = (name: string) => (zone === '' ? `${name}.` : `${name}.${zone}`);
  if (!isInside) return `dig ${server} ${zone}. SOA`;
  return summary.example === undefined
    ? `dig ${server} ${inZone('dns-version')} TXT`
    : `dig ${server} ${inZone(`${summary.example}.svc`)}`;
}

/**
 * Where the zone is served: other server blocks may be at other ports. Port 0 has become another
 * by now.
 */
function addressesFor(
  zone: string,
  source: NameSource,
  started: Started,
): readonly SocketAddress[] {
  const { addresses } = started;
  const block = blockWith(zone, source, started);
  const ports = new Set(block?.listen.map(({ port }) => port));
  const there = addresses.filter(({ port }) => ports.has(port));
  return there.length > 0 ? there : addresses;
}

/** The server block that serves the zone. */
function blockWith(zone: string, source: NameSource, { settings }: Started) {
  const key = sourceKey(source);
  const having = settings.blocks.filter(
    ({ kubernetes }) => kubernetes !== undefined && sourceKey(kubernetes) === key,
  );
  return having.find(({ zones }) => zones.some((served) => isInZone(zone, served.zone)));
}

function forwardZone(zones: readonly string[]): string | undefined {
  return zones.find((zone) => !isReverseZone(zone));
}

function isLoopback({ address }: SocketAddress): boolean {
  return address.startsWith('127.') || address === '::1';
}

function reachable({ address, port }: SocketAddress): SocketAddress {
  return { address: reachableAddress(address), port };
}

function shownPath(path: string, cwd: string): string {
  if (path === STDIN) return '-';
  if (renderedSource(path) !== undefined) return shownManifests(path, cwd);
  const near = relative(cwd, path);
  if (near === '') return '.';
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What is printed when the manifests cannot all be read, in place of the table. */
export function waitingText(
  addresses: readonly SocketAddress[],
  manifests: readonly string[],
): string {
  const where = addresses.map(addressAndPort);
  return `Listening on ${where.join(', ')}, and waiting: not all of these can be read yet, so names that are not found get SERVFAIL:
${manifests.map((path) => `  ${path}`).join('\n')}
`;
}
