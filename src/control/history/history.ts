import {
  bytesOf,
  isEmpty,
  type NamedChange,
  type RememberedChange,
  told,
} from './remembered-change.ts';

/** Records of a name at an earlier time. */
export interface EarlierRecords {
  readonly records: readonly EarlierRecord[];
  /** Nothing that happened since is missing; else there may have been others. */
  readonly isComplete: boolean;
}

interface EarlierRecord {
  /** As a line of a zone file. */
  readonly record: string;
  /** Where its objects were; empty when no change has told. */
  readonly places: readonly string[];
}

/** How much is remembered: the numbers of the metrics. */
export interface HistorySize {
  readonly changes: number;
  readonly bytes: number;
  /** Changes that were forgotten. */
  readonly dropped: number;
}

const MAX_CHANGES = 1000;
const MAX_BYTES = 2 * 1024 * 1024;

/** The changes of records since names were first read, as far back as memory goes. */
export class History {
  /** From when on nothing is missing, Unix seconds. */
  #since: number;
  #changes: (RememberedChange | NamedChange)[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(since: number) {
    this.#since = since;
  }

  get since(): number {
    return this.#since;
  }

  get size(): HistorySize {
    return { changes: this.#changes.length, bytes: this.#bytes, dropped: this.#dropped };
  }

  /** Everything that is remembered, the oldest change first. */
  get all(): { readonly since: number; readonly changes: readonly RememberedChange[] } {
    return { since: this.#since, changes: this.#changes.map((change) => told(change)) };
  }

  /** Remembers a change, and forgets the oldest ones for it where there is no room. */
  add(change: RememberedChange | NamedChange): void {
    this.#changes.push(change);
    this.#bytes += bytesOf(change);
    this.#forget();
  }

  /**
   * Goes on from another history, which ended with `last`. Changes from before that are left out:
   * they were never answered from, and `last` contains their result.
   */
  follow(before: History['all'], last: RememberedChange): void {
    const own = this.#changes.filter(({ at }) => at >= last.at);
    this.#changes = [...before.changes, ...(isEmpty(last) ? [] : [last]), ...own];
    this.#bytes = this.#changes.reduce((sum, change) => sum + bytesOf(change), 0);
    this.#since = before.since;
    this.#forget();
  }

  #forget(): void {
    while (this.#changes.length > MAX_CHANGES || this.#bytes > MAX_BYTES) {
      const oldest = this.#changes.shift();
      if (oldest === undefined) break;
      this.#bytes -= bytesOf(oldest);
      this.#dropped++;
      this.#since = oldest.at;
    }
  }

  /** The newest changes first: all, or those of one name, written as in its records. */
  *newestFirst(name?: string): Generator<RememberedChange> {
    for (const known of this.#changes.toReversed()) {
      const change = told(known, name);
      if (name === undefined) {
        if (!isEmpty(change)) yield change;
        continue;
      }
      const records = change.records.filter(({ record }) => record.startsWith(`${name} `));
      if (records.length > 0) yield { ...change, records };
    }
  }

  /**
   * What a name had at a time, Unix seconds, from what it has now: what has come since is taken
   * away, what has gone is put back.
   */
  recordsAt(name: string, now: Iterable<string>, at: number): EarlierRecords {
    const records = new Map([...now].map((record) => [record, NOWHERE]));
    const places = new Map<string, readonly string[]>();
    let isComplete = at >= this.#since;
    for (const known of this.#changes.toReversed()) {
      const change = told(known, name);
      const isLater = change.at > at;
      if (isLater && change.left.records + change.left.names > 0) isComplete = false;
      for (const one of change.records) {
        if (!one.record.startsWith(`${name} `)) continue;
        // Of those that were there: what put them there last.
        if (!isLater && one.sign === '+' && !places.has(one.record)) {
          places.set(one.record, one.places);
        }
        if (!isLater) continue;
        if (one.sign === '+') records.delete(one.record);
        else records.set(one.record, change.isOfCorefile ? NOWHERE : one.places);
      }
    }
    const found = [...records].map(([record, known]) => ({
      record,
      places: known.length > 0 ? known : (places.get(record) ?? NOWHERE),
    }));
    return { records: found.sort((a, b) => (a.record < b.record ? -1 : 1)), isComplete };
  }
}

const NOWHERE: readonly string[] = [];
