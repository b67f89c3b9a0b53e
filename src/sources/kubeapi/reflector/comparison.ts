import { rawObject } from '../object-reader.ts';
import type { FollowedObjects } from './followed-objects.ts';
import { listPages, type PageOptions } from './pages.ts';
import { compareVersions } from './resource-version.ts';

/** Differences that an event on its way may explain: by key, the versions here and there. */
export type Doubts = ReadonlyMap<string, string>;

/** That something was lost, or what may have been. */
export type Compared = 'lost' | Doubts;

/**
 * Compares what is known with what the server has, which differs for good when an event was lost or
 * the server has gone back to an older state. Asks for metadata only. `doubts` are those of a
 * comparison some time ago: what is still as it was then, no event on its way explains.
 *
 * @throws ApiError
 */
export function compare(
  options: PageOptions,
  followed: FollowedObjects,
  doubts: Doubts,
): Promise<Compared> {
  return followed.notingDeletions((deleted) => compared(options, followed, doubts, deleted));
}

async function compared(
  options: PageOptions,
  followed: FollowedObjects,
  before: Doubts,
  deleted: ReadonlySet<string>,
): Promise<Compared> {
  const { collection } = followed;
  const isNewer = (a: string, b: string) => (compareVersions(a, b) ?? 0) > 0;
  const listed = new Map<string, string>();
  const started = followed.version ?? '';
  const at = await listPages({ ...options, metadataOnly: true }, (value) => {
    const { key, resourceVersion } = rawObject(value);
    listed.set(key, resourceVersion);
  });
  if (isNewer(started, at)) return 'lost'; // as after etcd has been restored
  const reached = followed.version ?? '';
  const doubts = new Map<string, string>();
  const differs = (key: string, ours: string, theirs: string, isOnItsWay: boolean) => {
    const versions = `${ours} ${theirs}`;
    if (!isOnItsWay || before.get(key) === versions) return true;
    doubts.set(key, versions);
    return false;
  };
  for (const [key, theirs] of listed) {
    const ours = collection.versionOf(key) ?? '';
    // Ours came while theirs was read.
    if (ours === theirs || deleted.has(key) || isNewer(ours, at)) continue;
    if (differs(key, ours, theirs, isNewer(theirs, reached))) return 'lost';
  }
  for (const [key, { version: ours }] of collection.versions()) {
    if (listed.has(key) || isNewer(ours, at)) continue;
    // Deleted for them. Of deletions no version is known but that they came before the list.
    if (differs(key, ours, '', isNewer(at, reached))) return 'lost';
  }
  return doubts;
}
