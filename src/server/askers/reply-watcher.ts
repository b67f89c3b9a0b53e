import type { Query } from '../../dns/query.ts';

/** Is told of each reply. On the query path: it must cost next to nothing. */
export interface ReplyWatcher {
  /** `seconds` is the time from the query's arrival; `plugin` is '' where none answered. */
  replied(query: Query, rcode: number, plugin: string, seconds: number): void;
}
