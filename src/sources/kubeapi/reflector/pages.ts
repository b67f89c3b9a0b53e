import { member } from '../../../kube/schema/json-type.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ApiError } from '../client/api-error.ts';
import { textOf } from '../client/body.ts';
import type { Resource } from '../resources.ts';

/** What lists are read with. */
export interface PageOptions {
  readonly client: Pick<ApiClient, 'get'>;
  readonly resource: Resource;
  readonly signal: AbortSignal;
  /** Called after each page. */
  readonly step: () => void;
  /** Only what every object has, for a comparison. */
  readonly metadataOnly?: boolean;
  /** Objects that are asked for at most; by default all. */
  readonly most?: number;
}

/** Objects of a page, as client-go asks for. */
const PAGE = 500;

/** A page of 500 slices with 100 endpoints each has 20 MB. One with more is asked for in parts. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** More objects than an API server can hold (etcd is good for 8 GiB). */
const MAX_OBJECTS = 2_000_000;

/** A server that sends nothing for this long in the middle of a list is gone, ms. */
export const LIST_IDLE_MS = 30_000;

/** What kubectl asks for to show names only (meta/v1). */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Lists a resource page by page, so that never more than a page is in memory as text. Calls `take`
 * for each object, and resolves with the version of the whole.
 *
 * @throws ApiError
 */
export async function listPages(
  options: PageOptions,
  take: (value: unknown) => void,
): Promise<string> {
  const { client, resource, signal, step, metadataOnly = false, most } = options;
  let [limit, next, taken] = [Math.min(most ?? PAGE, PAGE), '', 0];
  for (;;) {
    const query = { ...resource.query, limit: String(limit), ...(next && { continue: next }) };
    const accept = metadataOnly ? METADATA : 'application/json';
    const body = await client.get({
      path: resource.path,
      query,
      accept,
      idleMs: LIST_IDLE_MS,
      signal,
      isContinued: next !== '',
    });
    let text: string;
    try {
      text = await textOf(body, MAX_PAGE_BYTES);
    } catch (error) {
      if (!(error instanceof RangeError) || limit === 1) throw asMalformed(error);
      limit = Math.ceil(limit / 10);
      continue;
    }
    const { items, version, more } = pageOf(text);
    for (const item of items) take(item);
    step();
    taken += items.length;
    if (taken > MAX_OBJECTS) throw new ApiError('malformed', `over ${MAX_OBJECTS} objects`);
    if (more === '' || (most !== undefined && taken >= most)) return version;
    next = more;
  }
}

function asMalformed(error: unknown): unknown {
  return error instanceof RangeError ? new ApiError('malformed', error.message) : error;
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly more: string;
}

function pageOf(text: string): Page {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new ApiError('malformed', 'a list that is no JSON');
  }
  const items = member(list, 'items') ?? [];
  const metadata = member(list, 'metadata');
  const [version, more] = [member(metadata, 'resourceVersion'), member(metadata, 'continue') ?? ''];
  if (!Array.isArray(items) || typeof version !== 'string' || typeof more !== 'string') {
    throw new ApiError('malformed', 'a list without items or without a resourceVersion');
  }
  return { items, version, more };
}
