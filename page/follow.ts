import { useEffect, useState } from 'preact/hooks';
import type { ChangeEvent } from '../src/app/page/feed.ts';
import type { SeenQuery } from '../src/server/askers/query-feed.ts';

/** The newest of each that are kept. */
const MAX_CHANGES = 200;
const MAX_QUERIES = 200;

/** A query with a number of its own. */
interface ShownQuery extends SeenQuery {
  readonly id: number;
  readonly at: Date;
}

/** What happens while the page is open, the newest first. */
export interface Followed {
  readonly isOpen: boolean;
  readonly changes: readonly ChangeEvent[];
  readonly queries: readonly ShownQuery[];
}

const NOTHING: Followed = { isOpen: false, changes: [], queries: [] };

/** Follows the server's events, queries among them when they are wanted. */
export function useFollowed(wantsQueries: boolean): Followed {
  const [followed, setFollowed] = useState(NOTHING);
  useEffect(() => {
    const source = new EventSource(wantsQueries ? '/api/events?queries' : '/api/events');
    let count = 0;
    const change = (next: (before: Followed) => Partial<Followed>) =>
      setFollowed((before) => ({ ...before, ...next(before) }));
    source.addEventListener('open', () => change(() => ({ isOpen: true })));
    source.addEventListener('error', () => change(() => ({ isOpen: false })));
    source.addEventListener('changed', ({ data }) => {
      const event = JSON.parse(data) as ChangeEvent;
      // After a break the server says again what it has said.
      change(({ changes }) =>
        changes.some(({ id }) => id === event.id)
          ? {}
          : { changes: [event, ...changes].slice(0, MAX_CHANGES) },
      );
    });
    source.addEventListener('query', ({ data }) => {
      const query = { ...(JSON.parse(data) as SeenQuery), id: ++count, at: new Date() };
      change(({ queries }) => ({ queries: [query, ...queries].slice(0, MAX_QUERIES) }));
    });
    return () => source.close();
  }, [wantsQueries]);
  return followed;
}
