import type { AdminAnswer, AdminStream, EventSink } from '../../admin/http-server.ts';
import { type NamedChange, some, told } from '../../control/history/remembered-change.ts';
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

/** A change as it came: that of a cluster is made out only for a page that is open. */
interface Kept {
  readonly id: string;
  readonly at: string;
  readonly change: ManifestChange | NamedChange;
}

/** What happens, for the pages that are open: changes of manifests, and some of the queries. */
export class Feed {
  readonly queries: QueryFeed;
  readonly #clock: Clock;
  readonly #dropped: Counter;
  readonly #streams = new Set<Stream>();
  readonly #changes: Kept[] = [];
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

  /** Manifests have changed, or the objects of a cluster. */
  changed(change: ManifestChange | NamedChange): void {
    const id = `${this.#started}-${++this.#count}`;
    const at = new Date(this.#clock.wallSeconds() * 1000).toISOString();
    const kept = { id, at, change };
    this.#changes.push(kept);
    if (this.#changes.length > KEPT_CHANGES) this.#changes.shift();
    this.#tell([...this.#streams], [kept]);
  }

  /** Answers `/api/events?queries`; without `queries` it sends changes only. */
  answer(query: URLSearchParams): AdminAnswer | AdminStream {
    if (this.#streams.size >= MAX_STREAMS) return TOO_MANY;
    return { open: (sink) => this.#open({ sink, wantsQueries: query.has('queries') }) };
  }

  #open(stream: Stream): () => void {
    this.#streams.add(stream);
    if (stream.wantsQueries) this.queries.watchers++;
    this.#tell([stream], this.#changes);
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

  #tell(streams: readonly Stream[], changes: readonly Kept[]): void {
    if (streams.length === 0) return;
    for (const event of changes.flatMap((kept) => eventOf(kept) ?? [])) {
      for (const stream of streams) this.#send(stream, 'changed', event);
    }
  }

  #send({ sink }: Stream, event: string, data: object): void {
    const isSent = sink.send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!isSent) this.#dropped.add(1);
  }
}

/** Undefined where no record is another. */
function eventOf({ id, at, change }: Kept): ChangeEvent | undefined {
  if (!('names' in change)) return { id, at, ...change };
  const { records, left } = some(told(change));
  if (records.length + left.names === 0) return undefined;
  return { id, at, lines: [], records, left };
}

const TOO_MANY: AdminAnswer = { status: 503, body: 'Too many pages follow: close one\n' };
