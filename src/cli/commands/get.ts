import type { CommandLineOptions } from '../../config/options.ts';
import { DEFAULT_ADMIN_TEXT } from '../../config/plain-target.ts';
import type { Settings } from '../../config/settings.ts';
import { oneLine } from '../../observe/text-line.ts';
import { adminOption, insteadOfAdmin } from '../admin/admin-option.ts';
import { NoServerError, NotNowError, WrongServerError } from '../admin/admin-request.ts';
import { readArguments } from '../arguments.ts';
import { type Command, type CommandIo, Exit } from '../command.ts';
import { followFolders, readFolders } from '../get/folder-objects.ts';
import { ObjectClient } from '../get/object-client.ts';
import { checkUsage, isWide, namespaceOf, type Request, resourcesOf } from '../get/request.ts';
import { follow, listAll, show } from '../get/show-objects.ts';
import { type LoadOnce, loadNames } from '../names/load-names.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import { commandLineOptions, insteadOfFlag, NAME_FLAGS, nameFlagLines } from '../setting-flags.ts';

const HELP = `Lists objects as the running server has them, in the columns of kubectl get.

Usage: svcdns get RESOURCE[,RESOURCE...] [NAME...] [OPTIONS]

RESOURCE is services (svc), endpoints (ep), pods (po), ingresses (ing) or nodes (no). The objects
are those that the server has read, with the addresses that it gave them and the Pods that it
simulates, of all namespaces, exposed or not. It is asked at its admin address: ${DEFAULT_ADMIN_TEXT}, or
what SVCDNS_ADMIN or the Corefile says. When no server listens there, the manifests are read (with
-w followed) instead, and a line on stderr says so.

Options:
  -n, --namespace NAMESPACE  of this namespace. Default: default
  -A, --all-namespaces       of all namespaces
  -o, --output wide          more columns: selectors of Services, addresses of Pods and nodes
  -w, --watch                after the list, print each row that changes, until Ctrl-C
  --output-watch-events      with -w: say whether a row is ADDED, MODIFIED or DELETED
  --server ADDR:PORT         the admin address of the server; without a server it is an error
  --manifests DIR            read these manifests and ask no server; may be given more than once
  --config FILE              the Corefile that says where the admin server is and what is read
  -h, --help                 print this help

Options of svcdns serve that decide which objects there are, when no server is asked:
${nameFlagLines()}

AGE is <unknown>, which is what kubectl prints for an object without creationTimestamp: a manifest
does not say since when it exists.

Exit codes: 0 listed, also when there is nothing, or ended by Ctrl-C; 1 an object was not found, or
a server is gone or cannot be read; 2 wrong usage.

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
  server: { type: 'string' },
  manifests: { type: 'string', multiple: true },
  config: { type: 'string' },
} as const;

/** The command with its way to read manifests: a test gives its own. */
export function getCommand(load: LoadOnce): Command {
  return { name: 'get', help: HELP, run: (args, io) => runGet(args, io, load) };
}

export const get: Command = getCommand(loadNames);

async function runGet(args: readonly string[], io: CommandIo, load: LoadOnce): Promise<number> {
  const { values, positionals } = readArguments(
    args,
    OPTIONS,
    (word) => insteadOfAdmin(word) || insteadOfFlag(word),
  );
  const { watch = false, config, manifests, server, ...rest } = values;
  const admin = adminOption(server);
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
  checkUsage(request, { manifests, server });
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
    const objects = await readFolders(found.settings, io, load);
    return objects === undefined ? Exit.FAILED : show(await listAll(objects, request), request);
  }
  const objects = await followFolders(found.settings, io);
  try {
    return await follow(objects, await listAll(objects, request), request);
  } finally {
    await objects.stop();
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
