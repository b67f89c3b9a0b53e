import { rawObject } from '../object-reader.ts';
import type { FollowedObjects } from './followed-objects.ts';
import { listPages, type PageOptions } from './pages.ts';
import { compareVersions } from './resource-version.ts';

/**
 * Whether what is known differs from what the server has, in a way that no event on its way can
 * explain: an event was lost, or the server has gone back to an older state. Asks for metadata
 * only.
 *
 * @throws ApiError
 */
export function hasDiverged(options: PageOptions, followed: FollowedObjects): Promise<boolean> {
  return followed.notingDeletions((deleted) => compared(options, followed, deleted));
}

async function compared(
  options: PageOptions,
  followed: FollowedObjects,
  deleted: ReadonlySet<string>,
): Promise<boolean> {
  const { collection } = followed;
  const version = () => followed.version ?? '';
  const isNewer = (a: string, b: string) => (compareVersions(a, b) ?? 0) > 0;
  const listed = new Map<string, string>();
  const before = version();
  const at = await listPages({ ...options, metadataOnly: true }, (value) => {
    const { key, resourceVersion } = rawObject(value);
    listed.set(key, resourceVersion);
  });
  if (isNewer(before, at)) return true; // as after etcd has been restored
  const reached = version();
  for (const [key, theirs] of listed) {
    const ours = collection.versionOf(key);
    const isOnItsWay = isNewer(theirs, reached) || (ours !== undefined && isNewer(ours, at));
    if (ours !== theirs && !isOnItsWay && !deleted.has(key)) return true;
  }
  for (const [key, { version: ours }] of collection.versions()) {
    // Deleted for them: the event has come by now, or is on its way.
    if (!listed.has(key) && !isNewer(ours, at) && !isNewer(at, reached)) return true;
  }
  return false;
}
