import { member } from '../../../kube/schema/json-type.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ApiError, statusError } from '../client/api-error.ts';
import { readLines } from '../client/body.ts';
import type { Resource } from '../resources.ts';
import { LIST_IDLE_MS } from './pages.ts';

/** One event of a watch. */
export type WatchEvent =
  | { readonly type: 'put' | 'gone'; readonly value: unknown }
  /** The server has begun to reply. The first of all; others may be long in coming. */
  | { readonly type: 'open' }
  /** Everything up to this version has been sent. */
  | { readonly type: 'bookmark'; readonly version: string; readonly endsList: boolean };

export interface WatchOptions {
  readonly client: Pick<ApiClient, 'get'>;
  readonly resource: Resource;
  readonly signal: AbortSignal;
  /** What comes after this version; undefined for everything first, as a streaming list. */
  readonly from: string | undefined;
  /** When the server is to end it, seconds. */
  readonly seconds: number;
}

/** etcd takes objects of 1.5 MiB unless told otherwise; an event has little more. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** The server has this long after its own end, ms: then the connection is taken for dead. */
const GRACE_MS = 30_000;

/** Bookmarks of Kubernetes that end the objects of a streaming list (KEP-3157). */
const INITIAL_END = 'k8s.io/initial-events-end';

/**
 * Follows a resource until the server ends it, and calls `take` with each event. Rejects with what
 * that throws, too.
 *
 * @throws ApiError for an ERROR event too, such as 410: the version is too old.
 */
export async function watch(
  options: WatchOptions,
  take: (event: WatchEvent) => void,
): Promise<void> {
  const { client, resource, signal, from, seconds } = options;
  const start =
    from === undefined
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from };
  const body = await client.get({
    path: resource.path,
    query: {
      ...resource.query,
      ...start,
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    },
    idleMs: LIST_IDLE_MS,
    signal,
  });
  take({ type: 'open' });
  // Between two events as much time may go by as the watch has; not in the middle of a list.
  const patience = seconds * 1000 + GRACE_MS;
  if (from !== undefined) body.idleMs = patience;
  await readLines(body, MAX_EVENT_BYTES, (line) => {
    const event = eventOf(line);
    if (event.type === 'bookmark' && event.endsList) body.idleMs = patience;
    take(event);
  });
}

function eventOf(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new ApiError('malformed', 'an event that is no JSON');
  }
  const [type, value] = [member(event, 'type'), member(event, 'object')];
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', value };
    case 'DELETED':
      return { type: 'gone', value };
    case 'ERROR':
      throw statusError(value);
    case 'BOOKMARK': {
      const metadata = member(value, 'metadata');
      const version = member(metadata, 'resourceVersion');
      const endsList = member(member(metadata, 'annotations'), INITIAL_END) === 'true';
      if (typeof version === 'string') return { type: 'bookmark', version, endsList };
    }
  }
  throw new ApiError('malformed', `an event of type ${JSON.stringify(type)?.slice(0, 40)}`);
}
