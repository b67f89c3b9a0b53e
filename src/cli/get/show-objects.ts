import type { TableRow } from '../../control/listing/pages.ts';
import { type Resource, TABLES } from '../../control/listing/tables.ts';
import { oneLine } from '../../observe/text-line.ts';
import { Exit } from '../command.ts';
import { stopSignal } from '../serve/stop-signal.ts';
import type { FollowedSource, Listing, ObjectList, ObjectSource } from './object-source.ts';
import { ObjectTable } from './object-table.ts';
import { type Request, WORDS } from './request.ts';
import { watchObjects } from './watch-objects.ts';

/** What there is of one resource. */
interface Listed {
  readonly resource: Resource;
  readonly list: ObjectList;
}

/** The lists of all resources that are asked for. */
export async function listAll(source: ObjectSource, request: Request): Promise<Listed[]> {
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
export function show(lists: readonly Listed[], request: Request): number {
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
export async function follow(
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
