import type { Page, TableRow } from '../../control/listing/pages.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { NotNowError } from '../admin/admin-request.ts';
import { type FollowedSource, keyOf, type Listing, type ObjectList } from './object-source.ts';

/** How often it is asked whether anything has changed, ms. */
const EVERY_MS = 500;

/** A row that has changed, with kubectl's word for how. */
export interface RowEvent {
  readonly event: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly row: TableRow;
}

/**
 * Follows a table that was listed, until `stopped` resolves.
 *
 * @throws NoServerError when the server is gone, WrongServerError when another took its place.
 */
export async function watchObjects(
  source: FollowedSource,
  {
    listing,
    first,
    clock,
    stopped,
    onEvents,
  }: {
    readonly listing: Listing;
    readonly first: ObjectList;
    readonly clock: Clock;
    readonly stopped: Promise<void>;
    readonly onEvents: (events: readonly RowEvent[]) => void;
  },
): Promise<void> {
  let isStopped = false;
  const end = stopped.then(() => {
    isStopped = true;
  });
  let known = first;
  for (;;) {
    let timer: Timer | undefined;
    const later = new Promise<void>((done) => {
      timer = clock.setTimeout(done, EVERY_MS);
    });
    await Promise.race([end, later]);
    timer?.cancel();
    if (isStopped) return;
    const now = await changed(source, listing, known.revision);
    if (now === undefined) continue;
    const events = differences(known, now);
    if (events.length > 0) onEvents(events);
    known = now;
  }
}

/** Undefined when nothing has changed, or nothing can be had now. */
async function changed(
  source: FollowedSource,
  listing: Listing,
  revision: string,
): Promise<ObjectList | undefined> {
  try {
    if ((await source.revision()) === revision) return undefined;
    return await source.list(listing);
  } catch (error) {
    if (error instanceof NotNowError) return undefined;
    throw error;
  }
}

/** What became of the rows, in order: those that are gone first. */
function differences(
  { columns, rows: before }: Pick<Page, 'columns' | 'rows'>,
  { rows: after }: Pick<Page, 'rows'>,
): RowEvent[] {
  const old = new Map(before.map((row) => [keyOf(row), row]));
  const now = new Map(after.map((row) => [keyOf(row), row]));
  const status = columns.indexOf('STATUS');
  const gone = before
    .filter((row) => !isSameObject(row, now.get(keyOf(row))))
    .map((row) => ({ event: 'DELETED', row: withCell(row, status, 'Terminating') }) as const);
  const others = after.flatMap((row): RowEvent[] => {
    const known = old.get(keyOf(row));
    if (known === undefined || !isSameObject(known, row)) return [{ event: 'ADDED', row }];
    const isSame = known.cells.every((cell, at) => cell === row.cells[at]);
    return isSame ? [] : [{ event: 'MODIFIED', row }];
  });
  return [...gone, ...others];
}

/** A Pod that gets its address is the one that had none before. */
function isSameObject(before: TableRow, after: TableRow | undefined): boolean {
  if (after === undefined) return false;
  return !before.uid || !after.uid || before.uid === after.uid;
}

/** A Pod that is deleted is seen terminating; kubectl shows other objects as they were. */
function withCell(row: TableRow, at: number, text: string): TableRow {
  return at < 0 ? row : { ...row, cells: row.cells.with(at, text) };
}
