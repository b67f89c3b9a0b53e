import { ApiError } from '../client/api-error.ts';
import { type ReadObject, rawObject } from '../object-reader.ts';
import type { Resource } from '../resources.ts';
import { Collection, type CollectionChange, type Listed } from './collection.ts';
import { compareVersions } from './resource-version.ts';
import type { WatchEvent } from './watch.ts';

export interface FollowedEvents {
  /** The objects have changed; `triggeredAt` as in `ReadObject`, 0 for a list. */
  readonly onChange: (change: CollectionChange, triggeredAt: number) => void;
  /** A list has been taken: all objects are there. */
  readonly onListed: () => void;
}

/** What changes something. */
export type ObjectEvent = Exclude<WatchEvent, { readonly type: 'open' }>;

/** The objects of one resource as lists and watches have told them, and up to which version. */
export class FollowedObjects {
  readonly #events: FollowedEvents;
  readonly collection: Collection;
  /** Everything is taken up to here; undefined when the list has to be read. */
  version: string | undefined;
  /** Keys deleted while they are noted. */
  #deleted: Set<string> | undefined;
  /** Of a streaming list that goes on. */
  #initial = new Map<string, ReadObject>();
  lists = 0;

  constructor(resource: Resource, events: FollowedEvents) {
    this.#events = events;
    this.collection = new Collection(resource);
  }

  /** Another watch begins. */
  begin(): void {
    this.#initial = new Map();
  }

  /** The keys of what is deleted while `work` is done: a set that grows. */
  async notingDeletions<T>(work: (deleted: ReadonlySet<string>) => Promise<T>): Promise<T> {
    const deleted = new Set<string>();
    this.#deleted = deleted;
    try {
      return await work(deleted);
    } finally {
      this.#deleted = undefined;
    }
  }

  /**
   * Takes an event of a watch.
   *
   * @throws ApiError when it is out of order, or not to be believed.
   */
  take(event: ObjectEvent): void {
    if (this.version === undefined) this.#takeInitial(event);
    else this.#takeNews(event);
  }

  /**
   * Takes a whole list of this version.
   *
   * @throws ApiError when it suddenly lacks most objects.
   */
  takeList(listed: Listed, version: string): void {
    const before = this.collection.size;
    const change = this.collection.replace(listed);
    if (change === undefined) {
      const found = `the list has ${listed.size} objects, and there were ${before}`;
      throw new ApiError('malformed', `${found}: it is asked for again before that is believed`);
    }
    this.#initial = new Map();
    this.lists++;
    this.version = version;
    this.#events.onChange(change, 0);
    this.#events.onListed();
  }

  #takeInitial(event: ObjectEvent): void {
    if (event.type === 'bookmark') {
      if (event.endsList) this.takeList(this.#initial, event.version);
    } else if (event.type === 'put') {
      const read = this.collection.read(event.value);
      this.#initial.set(read.key, read);
    } else this.#initial.delete(rawObject(event.value).key);
  }

  #takeNews(event: ObjectEvent): void {
    if (event.type === 'bookmark') {
      if (this.#isNews(event.version)) this.version = event.version;
      return;
    }
    const { key, resourceVersion } = rawObject(event.value);
    if (!this.#isNews(resourceVersion)) return;
    if (event.type === 'gone') {
      this.#deleted?.add(key);
      this.#events.onChange(this.collection.remove(key), 0);
    } else {
      const read = this.collection.read(event.value);
      this.#deleted?.delete(key);
      this.#events.onChange(this.collection.put(read), read.triggeredAt);
    }
    this.version = resourceVersion;
  }

  /**
   * Versions of a watch only go up. One that comes twice is passed over; an older one means that
   * events were swapped, or that the server has gone back.
   */
  #isNews(version: string): boolean {
    const order = compareVersions(version, this.version ?? '');
    if (order === undefined) return version !== this.version;
    if (order >= 0) return order > 0;
    throw new ApiError('malformed', `version ${version} came after ${this.version}`);
  }
}
