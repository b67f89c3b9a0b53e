import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import type { TableRow } from '../../control/listing/pages.ts';
import { RESOURCES, type Resource, TABLES } from '../../control/listing/tables.ts';
import { quoted } from '../../corefile/problems.ts';
import { dns1123Label } from '../../kube/names.ts';
import { oneLine } from '../../observe/text-line.ts';
import { NoServerError, NotNowError, WrongServerError } from '../admin/admin-request.ts';
import { oneOf, readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit, UsageError } from '../command.ts';
import { followFolders, readFolders } from '../get/folder-objects.ts';
import { ObjectClient } from '../get/object-client.ts';
import type { FollowedSource, Listing, ObjectList, ObjectSource } from '../get/object-source.ts';
import { ObjectTable } from '../get/object-table.ts';
import { watchObjects } from '../get/watch-objects.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import { stopSignal } from '../serve/stop-signal.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';

const HELP = `Lists objects as the running server has them, in the columns of kubectl get.

Usage: svcdns get RESOURCE[,RESOURCE...] [NAME...] [OPTIONS]

RESOURCE is services (svc), endpoints (ep), pods (po), ingresses (ing) or nodes (no). The objects
are those that the server has read, with the addresses that it gave them and the Pods that it
simulates, of all namespaces, exposed or not. It is asked at its admin address: 127.0.0.1:8053, or
what SVCDNS_ADMIN or the Corefile says. When no server listens there, the manifests are read (with
-w followed) instead, and a line on stderr says so.

Options:
  -n, --namespace NAMESPACE  of this namespace. Default: default
  -A, --all-namespaces       of all namespaces
  -o, --output wide          more columns: selectors of Services, addresses of Pods and nodes
  -w, --watch                after the list, print each row that changes, until Ctrl-C
  --output-watch-events      with -w: say whether a row is ADDED, MODIFIED or DELETED
  --admin ADDR:PORT          the admin address of the server; without a server it is an error
  --manifests DIR            read these manifests and ask no server; may be given more than once
  --config FILE              the Corefile that says where the admin server is and what is read
  -h, --help

Options of svcdns serve that decide which objects there are, when no server is asked:
${nameFlagLines()}

AGE is <unknown>, which is what kubectl prints for an object without creationTimestamp: a manifest
does not say since when it exists.

Exit codes: 0 listed, also when there is nothing, or ended by Ctrl-C; 1 an object was not found, or
the server is gone; 2 wrong usage.

Examples:
  svcdns get svc
  svcdns get pods -n shop -o wide
  svcdns get svc,ep -A
  svcdns get endpoints -n shop -w
`;

const OPTIONS = {
  ...NAME_FLAGS,
  namespace: { type: 'string', short: 'n' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  output: { type: 'string', short: 'o' },
  watch: { type: 'boolean', short: 'w' },
  'output-watch-events': { type: 'boolean' },
  admin: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  config: { type: 'string' },
} as const;

/** What each resource is also called, and how kubectl marks its names among others. */
const WORDS: Readonly<
  Record<Resource, { readonly also: readonly string[]; readonly mark: string }>
> = {
  services: { also: ['service', 'svc'], mark: 'service/' },
  endpoints: { also: ['endpoint', 'ep'], mark: 'endpoints/' },
  pods: { also: ['pod', 'po'], mark: 'pod/' },
  ingresses: { also: ['ingress', 'ing'], mark: 'ingress.networking.k8s.io/' },
  nodes: { also: ['node', 'no'], mark: 'node/' },
};

/** The command with its way to read manifests: a test gives its own. */
export function getCommand(load: LoadOnce): Command {
  return { name: 'get', help: HELP, run: (args, io) => runGet(args, io, load) };
}

export const get: Command = getCommand(loadNames);

interface Request {
  readonly resources: readonly Resource[];
  readonly names: readonly string[];
  readonly isWatched: boolean;
  /** '' for all. */
  readonly namespace: string;
  readonly isWide: boolean;
  readonly hasEvents: boolean;
  readonly io: CommandIo;
}

async function runGet(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, insteadOfFlag);
  const { watch = false, config, manifests, admin, ...rest } = values;
  const [kinds, ...names] = positionals;
  const request: Request = {
    resources: resourcesOf(kinds),
    names,
    isWatched: watch,
    namespace: namespaceOf(values),
    isWide: isWide(values.output),
    hasEvents: values['output-watch-events'] ?? false,
    io,
  };
  checkUsage(request, { manifests, admin });
  const given = commandLineOptions({ config, manifests, ...rest });
  if (manifests !== undefined) return listFolder(request, given, load);
  // Which manifests there are does not matter to the address.
  const found = settingsOrExit(commandLineOptions({ config, admin }), io, [io.cwd]);
  if ('exit' in found) return found.exit;
  const client = clientOf(found.settings);
  const none = client === undefined ? 'The settings name no admin port' : noServer(client);
  if (client !== undefined) {
    const answered = await fromServer(client, request);
    if (typeof answered === 'number') return answered;
    // Another program may have the usual port.
    if (answered instanceof WrongServerError && admin !== undefined) {
      return failed(io, answered.message);
    }
  }
  if (admin !== undefined) return failed(io, none);
  io.stderr(`${none}: the manifests are ${watch ? 'followed' : 'read'} instead\n`);
  return listFolder(request, given, load);
}

function noServer({ place }: ObjectClient): string {
  return `No server of svcdns at ${place}`;
}

/** The exit code, or why no server was asked. */
async function fromServer(
  client: ObjectClient,
  request: Request,
): Promise<number | NoServerError | WrongServerError> {
  const { io } = request;
  let isFound = false;
  try {
    const lists = await listAll(client, request);
    isFound = true;
    if (request.isWatched) return await follow(client, lists, request);
    return show(lists, request);
  } catch (error) {
    if (error instanceof NotNowError) return failed(io, `${client.place}: ${error.message}`);
    if (!(error instanceof NoServerError || error instanceof WrongServerError)) throw error;
    if (!isFound) return error;
    return failed(io, `The server at ${client.place} is gone: ${error.message}`);
  }
}

/** From the manifests of the settings, without a server. */
async function listFolder(
  request: Request,
  options: CommandLineOptions,
  load: LoadOnce,
): Promise<number> {
  const { io } = request;
  const found = settingsOrExit(options, io);
  if ('exit' in found) return found.exit;
  if (!request.isWatched) {
    return show(await listAll(await readFolders(found.settings, io, load), request), request);
  }
  const objects = await followFolders(found.settings, io);
  try {
    return await follow(objects, await listAll(objects, request), request);
  } finally {
    await objects.stop();
  }
}

interface Listed {
  readonly resource: Resource;
  readonly list: ObjectList;
}

async function listAll(source: ObjectSource, request: Request): Promise<Listed[]> {
  const lists: Listed[] = [];
  for (const resource of request.resources) {
    lists.push({ resource, list: await source.list(listingOf(resource, request)) });
  }
  return lists;
}

function listingOf(resource: Resource, { namespace, isWide }: Request): Listing {
  return { resource, namespace: TABLES[resource].isClusterWide ? '' : namespace, isWide };
}

/** Prints tables as kubectl does: what is missing on stderr, empty tables not at all. */
function show(lists: readonly Listed[], request: Request): number {
  const { io, names } = request;
  const tables = lists.flatMap(({ resource, list }) => {
    const rows = wantedRows(list, names);
    return rows.length === 0 ? [] : [tableOf(resource, list, request).text(rows)];
  });
  io.stdout(tables.join('\n'));
  const missing = lists.flatMap(({ resource, list }) =>
    missingNames(list, names).map((name) => notFound(resource, name)),
  );
  for (const line of missing) io.stderr(`${line}\n`);
  if (tables.length === 0 && missing.length === 0) io.stderr(noResources(request));
  return missing.length === 0 ? Exit.OK : Exit.FAILED;
}

/** Prints the table and then what changes in it, until Ctrl-C. */
async function follow(
  source: FollowedSource,
  [first]: readonly Listed[],
  request: Request,
): Promise<number> {
  const { io, names, hasEvents } = request;
  if (first === undefined) return Exit.OK;
  const { resource, list } = first;
  const missing = missingNames(list, names);
  for (const name of missing) io.stderr(`${notFound(resource, name)}\n`);
  if (missing.length > 0) return Exit.FAILED;
  const table = tableOf(resource, list, request);
  const rows = wantedRows(list, names);
  const events = hasEvents ? rows.map(() => 'ADDED') : undefined;
  if (rows.length === 0) io.stderr(noResources(request));
  else io.stdout(table.text(rows, events));
  let hasHeads = rows.length > 0;
  await watchObjects(source, {
    listing: listingOf(resource, request),
    first: list,
    clock: io.clock,
    stopped: stopSignal(io.process, io.clock),
    onEvents: (all) => {
      const wanted = all.filter(({ row }) => isWanted(row, names));
      if (wanted.length === 0) return;
      const shown = wanted.map(({ row }) => row);
      const words = hasEvents ? wanted.map(({ event }) => event) : undefined;
      io.stdout(hasHeads ? table.more(shown, words) : table.text(shown, words));
      hasHeads = true;
    },
  });
  return Exit.OK;
}

function tableOf(
  resource: Resource,
  { columns }: ObjectList,
  { namespace, resources }: Request,
): ObjectTable {
  return new ObjectTable(
    columns,
    namespace === '' && !TABLES[resource].isClusterWide,
    resources.length > 1 ? WORDS[resource].mark : '',
  );
}

function wantedRows({ rows }: ObjectList, names: readonly string[]): TableRow[] {
  return rows.filter((row) => isWanted(row, names));
}

function isWanted({ cells: [name = ''] }: TableRow, names: readonly string[]): boolean {
  return names.length === 0 || names.includes(name);
}

function missingNames({ rows }: ObjectList, names: readonly string[]): string[] {
  const known = new Set(rows.map(({ cells: [name] }) => name));
  return names.filter((name) => !known.has(name));
}

function notFound(resource: Resource, name: string): string {
  const kind = resource === 'ingresses' ? 'ingresses.networking.k8s.io' : resource;
  return `Error from server (NotFound): ${kind} ${JSON.stringify(oneLine(name))} not found`;
}

function noResources({ namespace, resources }: Request): string {
  return namespace === '' || resources.every((resource) => TABLES[resource].isClusterWide)
    ? 'No resources found\n'
    : `No resources found in ${namespace} namespace.\n`;
}

function resourcesOf(text: string | undefined): readonly Resource[] {
  const known = `expected ${RESOURCES.map((name) => `${name} (${WORDS[name].also.at(-1)})`).join(', ')}`;
  if (text === undefined) {
    throw new UsageError(`You must specify the type of resource to get: ${known}`);
  }
  const found = text.split(',').map((word) => {
    const name = word.toLowerCase();
    const resource = RESOURCES.find((one) => one === name || WORDS[one].also.includes(name));
    if (resource !== undefined) return resource;
    throw new UsageError(`the server doesn't have a resource type ${quoted(word)}: ${known}`);
  });
  return [...new Set(found)];
}

function namespaceOf(values: {
  readonly namespace?: string | undefined;
  readonly 'all-namespaces'?: boolean | undefined;
}): string {
  if (values['all-namespaces']) return '';
  const { namespace = 'default' } = values;
  if (dns1123Label(namespace).length === 0) return namespace;
  throw new UsageError(
    `Cannot use ${quoted(namespace)} for --namespace: expected a namespace's name`,
  );
}

function isWide(output: string | undefined): boolean {
  return output !== undefined && oneOf('--output', output, ['wide']) === 'wide';
}

function checkUsage(
  { resources, names, namespace, isWatched }: Request,
  { manifests, admin }: { readonly manifests: unknown; readonly admin: string | undefined },
): void {
  if (isWatched && resources.length > 1) {
    throw new UsageError('you may only specify a single resource type with --watch');
  }
  if (names.length > 0 && namespace === '') {
    throw new UsageError('a resource cannot be retrieved by name across all namespaces');
  }
  if (manifests !== undefined && admin !== undefined) {
    throw new UsageError('--admin asks a server, and --manifests asks none');
  }
}

/** Undefined when the settings have no admin server, or one at a port that the system chooses. */
function clientOf({ admin: [first] }: Settings): ObjectClient | undefined {
  return first === undefined || first.port === 0 ? undefined : new ObjectClient(first);
}

function failed(io: CommandIo, reason: string): number {
  io.stderr(`svcdns get: ${oneLine(reason)}\n`);
  return Exit.FAILED;
}
