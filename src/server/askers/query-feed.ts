import { rcodeName, typeName } from '../../dns/codes.ts';
import { textOf } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import type { ReplyWatcher } from './reply-watcher.ts';

/** A query and what became of it. Plain data. */
export interface SeenQuery {
  readonly client: string;
  /** With the final dot. */
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly plugin: string;
  /** From the query's arrival to its reply. */
  readonly ms: number;
}

/** What is shown of a query. */
type ShownQuery = Pick<Query, 'key' | 'type' | 'peer' | 'receivedAt'>;

/** Of the queries of a second so many are shown: more cannot be read. */
const PER_SECOND = 10;

/** Shows some of the queries to those who follow them, and does nothing while there are none. */
export class QueryFeed implements ReplyWatcher {
  readonly #show: (query: SeenQuery) => void;
  /** How many look. */
  watchers = 0;
  #second = 0;
  #shown = 0;

  constructor(show: (query: SeenQuery) => void) {
    this.#show = show;
  }

  replied(query: ShownQuery, rcode: number, plugin: string, seconds: number): void {
    if (this.watchers === 0) return;
    const second = Math.floor(query.receivedAt / 1000);
    if (second !== this.#second) this.#shown = 0;
    this.#second = second;
    if (this.#shown >= PER_SECOND) return;
    this.#shown++;
    this.#show({
      client: query.peer.address,
      name: textOf(query.key),
      type: typeName(query.type),
      rcode: rcodeName(rcode),
      plugin,
      ms: Math.round(seconds * 1e6) / 1000,
    });
  }
}
