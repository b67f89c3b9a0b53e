import type { AdminAnswer, AdminStream, EventSink } from '../../admin/http-server.ts';
import type { ManifestChange } from '../../control/thread/protocol.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import { QueryFeed, type SeenQuery } from '../../server/askers/query-feed.ts';
import type { Clock, Timer } from '../../support/clock.ts';

/** A change of manifests. Plain data. */
export interface ChangeEvent extends ManifestChange {
  /** No other has it, of an earlier run neither. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Pages that follow at once; more are refused. */
export const MAX_STREAMS = 8;

/** Changes that a page which is opened gets to see. */
const KEPT_CHANGES = 50;

/** A line that says nothing, so that what stands between does not take the stream for dead; ms. */
const HEARTBEAT_MS = 15_000;

interface Stream {
  readonly sink: EventSink;
  readonly wantsQueries: boolean;
}

/** What happens, for the pages that are open: changes of manifests, and some of the queries. */
export class Feed {
  readonly queries: QueryFeed;
  readonly #clock: Clock;
  readonly #dropped: Counter;
  readonly #streams = new Set<Stream>();
  readonly #changes: ChangeEvent[] = [];
  readonly #started: number;
  #count = 0;
  #heartbeat: Timer | undefined;

  constructor({ clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#clock = clock;
    this.#started = clock.wallSeconds();
    this.#dropped = metrics.counter('svcdns_admin_events_dropped_total');
    metrics.read('svcdns_admin_streams', () => this.#streams.size);
    this.queries = new QueryFeed((query) => this.#query(query));
  }

  /** Manifests have changed. */
  changed({ lines, records, left }: ManifestChange): void {
    const id = `${this.#started}-${++this.#count}`;
    const at = new Date(this.#clock.wallSeconds() * 1000).toISOString();
    const change = { id, at, lines, records, left };
    this.#changes.push(change);
    if (this.#changes.length > KEPT_CHANGES) this.#changes.shift();
    for (const stream of this.#streams) this.#send(stream, 'changed', change);
  }

  /** Answers `/api/events?queries`; without `queries` it sends changes only. */
  answer(query: URLSearchParams): AdminAnswer | AdminStream {
    if (this.#streams.size >= MAX_STREAMS) return TOO_MANY;
    return { open: (sink) => this.#open({ sink, wantsQueries: query.has('queries') }) };
  }

  #open(stream: Stream): () => void {
    this.#streams.add(stream);
    if (stream.wantsQueries) this.queries.watchers++;
    for (const change of this.#changes) this.#send(stream, 'changed', change);
    this.#send(stream, 'open', {});
    this.#heartbeat ??= this.#clock.setTimeout(() => this.#beat(), HEARTBEAT_MS);
    return () => {
      if (!this.#streams.delete(stream)) return;
      if (stream.wantsQueries) this.queries.watchers--;
      if (this.#streams.size > 0) return;
      this.#heartbeat?.cancel();
      this.#heartbeat = undefined;
    };
  }

  #beat(): void {
    for (const { sink } of this.#streams) sink.send(':\n\n');
    this.#heartbeat = this.#clock.setTimeout(() => this.#beat(), HEARTBEAT_MS);
  }

  #query(query: SeenQuery): void {
    for (const stream of this.#streams) {
      if (stream.wantsQueries) this.#send(stream, 'query', query);
    }
  }

  #send({ sink }: Stream, event: string, data: object): void {
    const isSent = sink.send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!isSent) this.#dropped.add(1);
  }
}

const TOO_MANY: AdminAnswer = { status: 503, body: 'Too many pages follow: close one\n' };
