import type { Clock, Timer } from '../../../support/clock.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ApiError, connectionError } from '../client/api-error.ts';
import type { ReadObject } from '../object-reader.ts';
import type { Resource } from '../resources.ts';
import { isLasting } from '../trouble.ts';
import { BackOff } from './back-off.ts';
import type { Collection } from './collection.ts';
import { compare, type Doubts } from './comparison.ts';
import { type FollowedEvents, FollowedObjects } from './followed-objects.ts';
import { listPages } from './pages.ts';
import { compareVersions } from './resource-version.ts';
import type { RetryTurns } from './retry-turns.ts';
import { type WatchEvent, watch } from './watch.ts';

export interface ReflectorOptions {
  readonly resource: Resource;
  readonly client: Pick<ApiClient, 'get'>;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly step: () => void;
  readonly signal: AbortSignal;
  /** Shared by all reflectors of the server. */
  readonly turns: RetryTurns;
  readonly events: ReflectorEvents;
}

interface ReflectorEvents extends FollowedEvents {
  /** A request failed, and is tried again. */
  readonly onTrouble: (error: ApiError) => void;
  /** What is known may not be compared with the server's list, though its watch goes on. */
  readonly onUncompared: (error: ApiError) => void;
  /** The server is heard again, or still. */
  readonly onContact: () => void;
}

/** How long the server keeps a watch, s: between these two, so that watches do not end together. */
const LEAST_WATCH_S = 240;
const MOST_WATCH_S = 300;

/** What is known is compared with what the server has this often, ms, less up to a tenth. */
const COMPARE_MS = 280_000;

/** The first time already then, ms: to be allowed to watch is not to be allowed to list. */
const FIRST_COMPARE_MS = 30_000;

/** After this long, ms, no event is on its way any more: what one may explain is compared again. */
const DOUBT_MS = 2000;

const NO_DOUBTS: Doubts = new Map();

/** A session that lived for less was none: waits go on growing. Ms. */
const SHORT_MS = 10_000;

/** A kind that the cluster lacks is looked for again after this long, ms. */
const ABSENT_MS = 60_000;

/**
 * What servers say that have no streaming lists; 500 is that of one whose etcd cannot say how far a
 * watch has come. Pages do as well.
 */
const NOT_STREAMING: ReadonlySet<number> = new Set([400, 406, 422, 500, 501]);

/** Statuses after which a watch can go on where it was; after any other the list is read again. */
const KEEPING: ReadonlySet<number> = new Set([401, 403, 429, 500, 502, 503]);

/** Follows one resource for as long as it may: list, watch, and both again after every failure. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #backOff: BackOff;
  readonly #followed: FollowedObjects;
  /** The server has streaming lists, as far as is known. */
  #canStream = true;
  /** The last request failed. */
  #isFailing = false;
  #comparing: Timer | undefined;
  /** When to compare next, `Clock.now()`: watches come and go meanwhile. */
  #compareAt: number;
  #isUncompared = false;
  /** Of the last comparison, when there is another soon because of them. */
  #doubts = NO_DOUBTS;
  watches = 0;
  /** When the last event or list came, `Clock.now()`. */
  eventAt: number;
  /** Until when the server is known to have been there, `Clock.now()`. */
  #contactAt: number;
  /** A watch is open. */
  isOpen = false;

  constructor(options: ReflectorOptions) {
    const { resource, events, clock, random } = options;
    this.#options = options;
    this.#backOff = new BackOff(random);
    this.#followed = new FollowedObjects(resource, events);
    this.eventAt = clock.now();
    this.#contactAt = this.eventAt;
    this.#compareAt = this.eventAt + FIRST_COMPARE_MS;
  }

  /** Until when the server was heard, `Clock.now()`: now, while a watch is open. */
  get contactAt(): number {
    return this.isOpen ? this.#options.clock.now() : this.#contactAt;
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  get collection(): Collection {
    return this.#followed.collection;
  }

  get lists(): number {
    return this.#followed.lists;
  }

  /** Reads the list once. Rejects with an `ApiError`; it is not tried again. */
  async list(): Promise<void> {
    await this.#listPages(this.#options.signal);
  }

  /** Lists and watches until `signal` is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, clock, turns } = this.#options;
    while (!signal.aborted) {
      const startedAt = clock.now();
      const session = new AbortController();
      const end = () => session.abort();
      signal.addEventListener('abort', end);
      let failure: ApiError | undefined;
      try {
        await this.#session(session);
        if (clock.now() - startedAt < SHORT_MS) failure = new ApiError('connection', 'ended');
      } catch (error) {
        if (!session.signal.aborted) failure = this.#failed(error);
      } finally {
        this.#contactAt = this.contactAt;
        this.isOpen = false;
        this.#comparing?.cancel();
        session.abort();
        signal.removeEventListener('abort', end);
      }
      const wait = failure && this.#backOff.after(failure);
      if (clock.now() - startedAt >= SHORT_MS) this.#backOff.reset();
      if (wait && (await turns.wait(wait, signal))) this.#backOff.reset();
    }
  }

  #failed(error: unknown): ApiError {
    const failure = connectionError(error);
    const { fault, status } = failure;
    if (status === 404 && this.resource.isOptional) return this.#absent();
    this.#isFailing = true;
    const keeps = fault === 'connection' || fault === 'credentials' || KEEPING.has(status);
    if (!keeps) this.#followed.version = undefined;
    // A server that comes back with another past may soon have a version like ours again.
    if (fault === 'connection' || status >= 500) this.#compareAt = this.#options.clock.now();
    // A list that is too old is everyday: it is read again, and not reported.
    if (status !== 410) this.#options.events.onTrouble(failure);
    return failure;
  }

  /** The cluster has no such kind: nothing is missing, and it is looked for again later. */
  #absent(): ApiError {
    this.#followed.version = undefined;
    this.#heard();
    this.#options.events.onListed();
    return new ApiError('status', 'no such kind', 404, ABSENT_MS);
  }

  /** One list, if there is need of it, and one watch, to its end. */
  async #session(session: AbortController): Promise<void> {
    const { signal } = session;
    const followed = this.#followed;
    if (followed.version === undefined && !this.#canStream) await this.#listPages(signal);
    else if (followed.version !== undefined) await this.#checkVersion(signal);
    const { resource, client, random, step } = this.#options;
    const seconds = Math.round(LEAST_WATCH_S + random() * (MOST_WATCH_S - LEAST_WATCH_S));
    const from = followed.version;
    followed.begin();
    const take = (event: WatchEvent) => {
      step();
      this.#heard();
      if (event.type !== 'open') followed.take(event);
      if (followed.version !== undefined) this.#opened(session);
    };
    try {
      await watch({ client, resource, signal, from, seconds }, take);
    } catch (error) {
      const { status } = connectionError(error);
      if (followed.version !== undefined || !NOT_STREAMING.has(status)) throw error;
      this.#canStream = false;
      await this.#session(session);
    }
  }

  #opened(session: AbortController): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.watches++;
    const { clock } = this.#options;
    const compareLater = () => {
      if (session.signal.aborted) return;
      const ms = Math.max(0, this.#compareAt - clock.now());
      this.#comparing = clock.setTimeout(() => void this.#compare(session).then(compareLater), ms);
    };
    compareLater();
  }

  #heard(): void {
    const { clock, events, turns } = this.#options;
    this.eventAt = clock.now();
    this.#contactAt = this.eventAt;
    events.onContact();
    if (this.#isFailing) turns.recovered();
    this.#isFailing = false;
  }

  /** A server whose etcd was restored is behind us: it would send nothing until it caught up. */
  async #checkVersion(signal: AbortSignal): Promise<void> {
    const { resource, client, step } = this.#options;
    const options = { client, resource, signal, step, metadataOnly: true, most: 1 };
    const version = await listPages(options, () => {});
    this.#heard();
    const order = compareVersions(version, this.#followed.version ?? '') ?? 0;
    if (order < 0) this.#followed.version = undefined;
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    const { resource, client, step } = this.#options;
    const listed = new Map<string, ReadObject>();
    const version = await listPages({ client, resource, signal, step }, (value) => {
      const read = this.collection.read(value);
      listed.set(read.key, read);
    });
    this.#heard();
    this.#followed.takeList(listed, version);
  }

  /** Compares while the watch goes on; ends it when something was lost. */
  async #compare(session: AbortController): Promise<void> {
    const { resource, client, step, clock, random, events } = this.#options;
    const { signal } = session;
    const doubts = this.#doubts;
    this.#doubts = NO_DOUBTS;
    try {
      const found = await compare({ client, resource, signal, step }, this.#followed, doubts);
      if (signal.aborted) return;
      this.#isUncompared = false;
      if (found !== 'lost') this.#doubts = found;
      else {
        this.#followed.version = undefined;
        session.abort();
      }
    } catch (error) {
      if (signal.aborted) return;
      // The watch itself shows whether the server is there; the next comparison tries again.
      const failure = connectionError(error);
      if (isLasting(failure) && !this.#isUncompared) events.onUncompared(failure);
      this.#isUncompared = isLasting(failure);
    }
    // Where much changes there are always new ones: they have time until the next comparison.
    const isSoon = this.#doubts.size > 0 && doubts.size === 0;
    if (!isSoon) this.#doubts = NO_DOUBTS;
    const ms = isSoon ? DOUBT_MS : COMPARE_MS * (1 - random() / 10);
    this.#compareAt = clock.now() + ms;
  }
}
