import type { Page, PageRequest, TableRow } from '../../control/listing/pages.ts';

/** What is listed of a resource. */
export type Listing = Omit<PageRequest, 'after'>;

/** All rows of a listing, in order of namespace and name. */
export interface ObjectList {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Another one when the objects have changed; '' where they are not followed. */
  readonly revision: string;
}

/** Where objects are listed from: a running server, or manifests. */
export interface ObjectSource {
  list(listing: Listing): Promise<ObjectList>;
}

/** One whose changes are seen. */
export interface FollowedSource extends ObjectSource {
  /** Another text when objects have changed. */
  revision(): Promise<string>;
}

/** Rows of several pages, which may be of several sources, in order. */
export function objectList(pages: readonly Page[], revision = ''): ObjectList {
  const rows = pages.flatMap((page) => page.rows);
  return { columns: pages[0]?.columns ?? [], rows: rows.sort(byKey), revision };
}

function byKey(a: TableRow, b: TableRow): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** What a row is known by. A blank sorts before everything that a name may have. */
export function keyOf({ namespace, cells: [name = ''] }: TableRow): string {
  return `${namespace} ${name}`;
}

/** Every page of a table. `page` gives the one that begins after `after`. */
export function* allPages(listing: Listing, page: (request: PageRequest) => Page): Generator<Page> {
  let after = '';
  do {
    const one = page({ ...listing, after });
    yield one;
    after = one.next;
  } while (after !== '');
}
