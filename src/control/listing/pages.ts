import { type ListedNamespace, type Resource, TABLES } from './tables.ts';

/** Which part of which table is wanted. */
export interface PageRequest {
  readonly resource: Resource;
  /** '' for all, and for what is in none. */
  readonly namespace: string;
  /** With the columns of `-o wide`. */
  readonly isWide: boolean;
  /** Where the page before ended, its `next`; '' to begin. */
  readonly after: string;
}

/** A part of a table, small enough to be sent between two queries. */
export interface Page {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** What the next page begins after; '' for the last page. */
  readonly next: string;
}

/** A page as the control thread sends it. */
export interface SentPage {
  /** A `Page` as JSON, so that the resolver's thread has only one text to take. */
  readonly text: string;
  readonly next: string;
}

export interface TableRow {
  readonly namespace: string;
  /** The first one is the name. */
  readonly cells: readonly string[];
  /** Another one for another object of the same name; left out where names say enough. */
  readonly uid?: string;
}

/** Rows and characters of a page, and characters of a cell. */
const PAGE_ROWS = 500;
const PAGE_CHARACTERS = 128 * 1024;
const MAX_CELL = 1000;

/**
 * The page of a request, in order of namespace and name; the namespace '' has what is in none.
 * Nothing is remembered from one page to the
 * next: objects that change meanwhile may be missed or be new.
 */
export function pageOf(
  { resource, namespace, isWide, after }: PageRequest,
  namespaces: readonly string[],
  find: (namespace: string) => ListedNamespace | undefined,
): Page {
  const { columns, wideColumns, objects, isClusterWide } = TABLES[resource];
  const [afterNamespace = '', afterName = ''] = after.split('/');
  const rows: TableRow[] = [];
  const page = { columns: isWide ? [...columns, ...wideColumns] : columns, rows };
  let characters = 0;
  let last = after;
  const wanted = namespace === '' ? [...namespaces].sort() : [namespace];
  for (const name of isClusterWide ? [''] : wanted) {
    const listed = name < afterNamespace ? undefined : find(name);
    for (const object of listed === undefined ? [] : objects(listed)) {
      if (name === afterNamespace && object.name <= afterName) continue;
      if (rows.length === PAGE_ROWS || characters >= PAGE_CHARACTERS)
        return { ...page, next: last };
      const cells = object.cells(isWide).map(bounded);
      const uid = bounded(object.uid ?? '');
      for (const text of [...cells, uid]) characters += text.length;
      rows.push({ namespace: name, cells, ...(uid === '' ? {} : { uid }) });
      last = `${name}/${object.name}`;
    }
  }
  return { ...page, next: '' };
}

function bounded(cell: string): string {
  return cell.length <= MAX_CELL ? cell : `${cell.slice(0, MAX_CELL - 3)}...`;
}
