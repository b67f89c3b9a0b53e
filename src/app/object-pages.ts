import type { AdminAnswer } from '../admin/http-server.ts';
import { jsonAnswer } from '../admin/http-server.ts';
import { placesOf } from '../config/name-sources.ts';
import { RESOURCES } from '../control/listing/tables.ts';
import type { NameSet } from './name-set.ts';

/**
 * Answers `/objects` and `/objects/RESOURCE` of the admin server: what `svcdns get` shows, a page
 * at a time. The control threads make the pages; here they are only passed on.
 *
 * `/objects` says which revision the objects have, so that followers need not list them to see that
 * nothing has changed. A page has its revision too.
 */
export async function objectsAnswer(
  path: string,
  query: URLSearchParams,
  all: Iterable<NameSet>,
): Promise<AdminAnswer> {
  const sets = distinctSets(all);
  if (sets.some(({ summary }) => summary === undefined)) return NOT_READ;
  const revision = sets.map((set) => set.revision).join('-');
  if (path === '') return jsonAnswer(`{"revision":"${revision}"}`);
  const resource = RESOURCES.find((name) => path === `/${name}`);
  if (resource === undefined) return NO_RESOURCE;
  const token = /^(\d{1,4}):([a-z0-9./-]*)$/.exec(query.get('continue') ?? '0:');
  const at = Number(token?.[1] ?? sets.length);
  const set = sets[at];
  if (token === null || (set === undefined && at > 0)) return NO_PAGE;
  const page = await set?.page({
    resource,
    namespace: query.get('namespace') ?? '',
    isWide: query.has('wide'),
    after: token[2] ?? '',
  });
  if (set !== undefined && page === undefined) return BUSY;
  const { text = 'null', next = '' } = page ?? {};
  const more = next !== '' ? `${at}:${next}` : at + 1 < sets.length ? `${at + 1}:` : '';
  return jsonAnswer(`{"revision":"${revision}","continue":"${more}","page":${text}}`);
}

/** Manifests that several server blocks read for other zones are listed once. */
export function distinctSets(all: Iterable<NameSet>): NameSet[] {
  const byManifests = new Map<string, NameSet>();
  for (const set of all) {
    const key = JSON.stringify(placesOf(set.source));
    if (!byManifests.has(key)) byManifests.set(key, set);
  }
  return [...byManifests.values()];
}

const NOT_READ: AdminAnswer = { status: 503, body: 'Not everything has been read yet\n' };
const BUSY: AdminAnswer = { status: 503, body: 'Busy reading: try again\n' };
const NO_PAGE: AdminAnswer = {
  status: 400,
  body: 'Unknown continue: expected one that the page before gave\n',
};
const NO_RESOURCE: AdminAnswer = {
  status: 404,
  body: `Unknown resource: there are ${RESOURCES.join(', ')}\n`,
};
