import type { Clock, Timer } from '../../../support/clock.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ApiError, connectionError } from '../client/api-error.ts';
import { type ReadObject, rawObject } from '../object-reader.ts';
import type { Resource } from '../resources.ts';
import { BackOff } from './back-off.ts';
import { Collection, type CollectionChange } from './collection.ts';
import { hasDiverged } from './comparison.ts';
import { listPages } from './pages.ts';
import { compareVersions } from './resource-version.ts';
import { type WatchEvent, watchEvents } from './watch.ts';

export interface ReflectorOptions {
  readonly resource: Resource;
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly step: () => void;
  readonly signal: AbortSignal;
  readonly events: ReflectorEvents;
}

interface ReflectorEvents {
  /** The objects have changed; `triggeredAt` as in `ReadObject`, 0 for a list. */
  readonly onChange: (change: CollectionChange, triggeredAt: number) => void;
  /** A list has been taken: all objects are there. */
  readonly onListed: () => void;
  /** A request failed, and is tried again. */
  readonly onTrouble: (error: ApiError) => void;
  /** The server is heard again, or still. */
  readonly onContact: () => void;
}

/** How long the server keeps a watch, s: between these two, so that watches do not end together. */
const LEAST_WATCH_S = 240;
const MOST_WATCH_S = 300;

/** What is known is compared with what the server has this often, ms, less up to a tenth. */
const COMPARE_MS = 280_000;

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

/** What changes something. */
type ObjectEvent = Exclude<WatchEvent, { readonly type: 'open' }>;

/** Follows one resource for as long as it may: list, watch, and both again after every failure. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #backOff: BackOff;
  readonly collection: Collection;
  /** Taken up to here; undefined when the list has to be read. */
  #version: string | undefined;
  /** The server has streaming lists, as far as is known. */
  #canStream = true;
  /** Keys deleted since the comparison that goes on began. */
  #deleted: Set<string> | undefined;
  #comparing: Timer | undefined;
  lists = 0;
  watches = 0;
  /** When the last event or list came, `Clock.now()`. */
  eventAt: number;
  /** Until when the server is known to have been there, `Clock.now()`. */
  #contactAt: number;
  /** A watch is open. */
  isOpen = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random);
    this.collection = new Collection(options.resource);
    this.eventAt = options.clock.now();
    this.#contactAt = this.eventAt;
  }

  /** Until when the server was heard, `Clock.now()`: now, while a watch is open. */
  get contactAt(): number {
    return this.isOpen ? this.#options.clock.now() : this.#contactAt;
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  /** Reads the list once. Rejects with an `ApiError`; nobody tries again. */
  async list(): Promise<void> {
    await this.#listPages(this.#options.signal);
  }

  /** Lists and watches until `signal` is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      const startedAt = clock.now();
      const session = new AbortController();
      const end = () => session.abort();
      signal.addEventListener('abort', end);
      let wait = 0;
      try {
        await this.#session(session);
        if (clock.now() - startedAt < SHORT_MS) {
          wait = this.#backOff.after(new ApiError('connection', 'ended'));
        }
      } catch (error) {
        const failure = session.signal.aborted ? undefined : this.#failed(error);
        wait = failure === undefined ? 0 : this.#backOff.after(failure);
      } finally {
        this.#contactAt = this.contactAt;
        this.isOpen = false;
        this.#comparing?.cancel();
        session.abort();
        signal.removeEventListener('abort', end);
      }
      if (clock.now() - startedAt >= SHORT_MS) this.#backOff.reset();
      if (wait > 0) await pause(wait, clock, signal);
    }
  }

  #failed(error: unknown): ApiError {
    const failure = connectionError(error);
    const { fault, status } = failure;
    if (status === 404 && this.resource.isOptional) return this.#absent();
    const keeps = fault === 'connection' || fault === 'credentials' || KEEPING.has(status);
    if (!keeps) this.#version = undefined;
    // A list that is too old is everyday: it is read again, and nobody need know.
    if (status !== 410) this.#options.events.onTrouble(failure);
    return failure;
  }

  /** The cluster has no such kind: nothing is missing, and it is looked for again later. */
  #absent(): ApiError {
    this.#version = undefined;
    this.#heard();
    this.#options.events.onListed();
    return new ApiError('status', 'no such kind', 404, ABSENT_MS);
  }

  /** One list, if there is need of it, and one watch, to its end. */
  async #session(session: AbortController): Promise<void> {
    const { signal } = session;
    if (this.#version === undefined && !this.#canStream) await this.#listPages(signal);
    else if (this.#version !== undefined) await this.#checkVersion(signal);
    const { resource, client, random } = this.#options;
    const seconds = Math.round(LEAST_WATCH_S + random() * (MOST_WATCH_S - LEAST_WATCH_S));
    const from = this.#version;
    const listed = from === undefined ? new Map<string, ReadObject>() : undefined;
    try {
      for await (const event of watchEvents({ client, resource, signal, from, seconds })) {
        this.#options.step();
        this.#heard();
        if (event.type !== 'open') {
          if (this.#version === undefined && listed) this.#takeInitial(event, listed);
          else this.#take(event);
        }
        if (this.#version !== undefined) this.#opened(session);
      }
    } catch (error) {
      const { status } = connectionError(error);
      if (this.#version !== undefined || !NOT_STREAMING.has(status)) throw error;
      this.#canStream = false;
      await this.#session(session);
    }
  }

  #opened(session: AbortController): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.watches++;
    const { clock, random } = this.#options;
    const compareLater = () => {
      if (session.signal.aborted) return;
      const ms = COMPARE_MS * (1 - random() / 10);
      this.#comparing = clock.setTimeout(() => void this.#compare(session).then(compareLater), ms);
    };
    compareLater();
  }

  #heard(): void {
    this.eventAt = this.#options.clock.now();
    this.#contactAt = this.eventAt;
    this.#options.events.onContact();
  }

  #takeInitial(event: ObjectEvent, listed: Map<string, ReadObject>): void {
    if (event.type === 'bookmark') {
      if (event.endsList) this.#takeList(listed, event.version);
    } else if (event.type === 'put') {
      const read = this.collection.read(event.value);
      listed.set(read.key, read);
    } else listed.delete(rawObject(event.value).key);
  }

  #take(event: ObjectEvent): void {
    if (event.type === 'bookmark') {
      if (this.#isNews(event.version)) this.#version = event.version;
      return;
    }
    const { key, resourceVersion } = rawObject(event.value);
    if (!this.#isNews(resourceVersion)) return;
    const { onChange } = this.#options.events;
    if (event.type === 'gone') {
      this.#deleted?.add(key);
      onChange(this.collection.remove(key), 0);
    } else {
      const read = this.collection.read(event.value);
      this.#deleted?.delete(key);
      onChange(this.collection.put(read), read.triggeredAt);
    }
    this.#version = resourceVersion;
  }

  /**
   * Versions of a watch only go up. One that comes twice is passed over; an older one means that
   * events were swapped, or that the server has gone back.
   */
  #isNews(version: string): boolean {
    const order = compareVersions(version, this.#version ?? '');
    if (order === undefined) return version !== this.#version;
    if (order >= 0) return order > 0;
    throw new ApiError('malformed', `version ${version} came after ${this.#version}`);
  }

  /** A server whose etcd was restored is behind us: it would send nothing until it caught up. */
  async #checkVersion(signal: AbortSignal): Promise<void> {
    const { resource, client, step } = this.#options;
    const options = { client, resource, signal, step, metadataOnly: true, most: 1 };
    const version = await listPages(options, () => {});
    this.#heard();
    if ((compareVersions(version, this.#version ?? '') ?? 0) < 0) this.#version = undefined;
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    const { resource, client, step } = this.#options;
    const listed = new Map<string, ReadObject>();
    const version = await listPages({ client, resource, signal, step }, (value) => {
      const read = this.collection.read(value);
      listed.set(read.key, read);
    });
    this.#heard();
    this.#takeList(listed, version);
  }

  #takeList(listed: ReadonlyMap<string, ReadObject>, version: string): void {
    const { onChange, onListed } = this.#options.events;
    const before = this.collection.size;
    const change = this.collection.replace(listed);
    if (change === undefined) {
      const found = `the list has ${listed.size} objects, and there were ${before}`;
      throw new ApiError('malformed', `${found}: it is asked for again before that is believed`);
    }
    this.lists++;
    this.#version = version;
    onChange(change, 0);
    onListed();
  }

  /** Compares while the watch goes on; ends it when something was lost. */
  async #compare(session: AbortController): Promise<void> {
    const { resource, client, step } = this.#options;
    const { signal } = session;
    const deleted = new Set<string>();
    this.#deleted = deleted;
    const version = () => this.#version ?? '';
    const followed = { collection: this.collection, version, deleted };
    try {
      const isLost = await hasDiverged({ client, resource, signal, step }, followed);
      if (!isLost || signal.aborted) return;
      this.#version = undefined;
      session.abort();
    } catch {
      // The watch itself shows whether the server is there; the next comparison tries again.
    } finally {
      this.#deleted = undefined;
    }
  }
}

function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
