import { keyFromText, type NameKey } from '../../dns/name.ts';
import { Allowance } from '../../support/allowance.ts';
import type { Clock } from '../../support/clock.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import { extraKey } from '../../zone/extra-names.ts';
import type { ZoneOptions } from '../../zone/options.ts';
import type { PackedName } from '../../zone/packed-name.ts';
import { MAX_LINES } from '../change-report.ts';
import type { Provenances } from '../provenance.ts';
import { clusterNameOf } from '../record-views.ts';
import type { ChangeOrigins } from './change-origins.ts';
import { History, type HistorySize } from './history.ts';
import { changedNames, type DiffedRecord, diffNames, recordsAt } from './name-diff.ts';
import { changeText, moreText, placesOf, type RecordChange } from './record-change.ts';
import {
  isEmpty,
  isOfLargeNames,
  MAX_RECORDS,
  type NamedChange,
  type RememberedChange,
  told,
} from './remembered-change.ts';

/**
 * Names whose records are made out at once, and over a longer time: it takes as long to say what a
 * change of manifests has done as to do it. Where changes never pause nobody reads along, and they
 * are remembered by their names, as those of a cluster are.
 */
const MADE_OUT = { most: 1000, aSecond: 100 };

/** Of an answer: the newest ones. */
const MAX_ANSWERED = 1000;

/** What is asked of the history. Plain data. */
export interface HistoryQuestion {
  /** In presentation form, with its final dot, in lower case; undefined for all names. */
  readonly name: string | undefined;
  /** Unix seconds; with a name, what it had then. */
  readonly at: number | undefined;
}

/** The records that a change added and removed. */
export interface Recorded {
  readonly records: readonly RecordChange[];
  /** Records that are not among them, and names whose records were not looked at. */
  readonly left: { readonly records: number; readonly names: number };
}

/** A change that was taken note of, whose records are not made out. */
export interface Noted {
  /** How many names it changes. */
  readonly names: number;
  /**
   * Says which records those are, and remembers them, in time in proportion to the change and
   * bounded; passes over a change where there were too many. Once it is published, and before the
   * next change of names is taken.
   */
  makeOut(): Recorded | undefined;
  /** Says no more than how many names it has, and remembers them. Before the next is remembered. */
  passOver(): Recorded | undefined;
}

export interface ChangeRecorderOptions {
  readonly zone: ZoneOptions;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Says where some records come from, as objects are now. */
  readonly provenances: (records: readonly DiffedRecord[]) => Provenances;
}

/** Says in the log, and remembers, which records come and go with each change. */
export class ChangeRecorder {
  readonly #options: ChangeRecorderOptions;
  readonly #madeOut: Allowance;
  #history: History | undefined;

  constructor(options: ChangeRecorderOptions) {
    this.#options = options;
    this.#madeOut = new Allowance(options.clock, MADE_OUT);
  }

  /** How much is remembered; undefined until everything has been read. */
  get size(): HistorySize | undefined {
    return this.#history?.size;
  }

  /** Everything has been read: what changes from now on is a change. */
  begin(): void {
    this.#history ??= new History(this.#options.clock.wallSeconds());
  }

  /**
   * Takes note of a change before it is published: `published` is what there was. Undefined when it
   * changes no name.
   */
  note(
    changes: NameChanges,
    published: ReadonlyMap<NameKey, PackedName>,
    origins: ChangeOrigins,
  ): Noted | undefined {
    const named = this.#named(changes, published);
    if (named === undefined) return undefined;
    const passOver = () => this.#passOver(named);
    const makeOut = () =>
      this.#madeOut.take(named.names.length) ? this.#record(named, origins) : passOver();
    return { names: changes.size, makeOut, passOver };
  }

  /**
   * Remembers a change of a cluster, and returns that: it is not logged, and its objects have no
   * places. Call it before the change is published.
   */
  keep(
    changes: NameChanges,
    published: ReadonlyMap<NameKey, PackedName>,
  ): NamedChange | RememberedChange | undefined {
    const named = this.#named(changes, published);
    return named && this.#remember(named);
  }

  /** All that is remembered, as JSON for `inherit` in the thread that takes this one's place. */
  remembered(): string {
    return JSON.stringify(this.#history?.all ?? null);
  }

  /**
   * Goes on from what the recorder before this one has `remembered`. `change` is what became of
   * its names when ours took their place.
   */
  inherit(remembered: string, change: RememberedChange): void {
    this.begin();
    const history = this.#history;
    const before: History['all'] | null = JSON.parse(remembered);
    if (history === undefined || before === null) return;
    history.follow(before, change);
  }

  /** The answer to a question, as JSON; `published` is what there is. */
  answer({ name, at }: HistoryQuestion, published: ReadonlyMap<NameKey, PackedName>): string {
    const history = this.#history;
    if (history === undefined) return JSON.stringify({ since: null, changes: [] });
    let room = MAX_ANSWERED;
    const changes = [];
    for (const change of history.newestFirst(name)) {
      room -= change.records.length + 1;
      if (room < 0) break;
      const records = change.records.map(({ sign, record, places }) => {
        return { change: sign === '+' ? 'added' : 'removed', record, places };
      });
      changes.push({ at: change.at, records, left: change.left });
    }
    const since = history.since;
    if (name === undefined || at === undefined) return JSON.stringify({ since, changes });
    const now = recordsNow(name, published);
    const earlier = { at, ...history.recordsAt(name, now, at) };
    return JSON.stringify({ since, changes, earlier });
  }

  #named(
    changes: NameChanges,
    published: ReadonlyMap<NameKey, PackedName>,
  ): NamedChange | undefined {
    if (changes.size === 0) return undefined;
    return { at: this.#options.clock.wallSeconds(), ...changedNames(changes, published) };
  }

  #remember(named: NamedChange): NamedChange | RememberedChange | undefined {
    const change = isOfLargeNames(named) ? told(named) : named;
    if ('records' in change && isEmpty(change)) return undefined;
    this.#history?.add(change);
    return change;
  }

  /** Says of a change of manifests no more than how many names it has. */
  #passOver(named: NamedChange): Recorded | undefined {
    if (this.#remember(named) === undefined) return undefined;
    const names = named.names.length + named.left;
    this.#options.log(moreText(0, names));
    return { records: [], left: { records: 0, names } };
  }

  #record({ at, names: changed, left: names }: NamedChange, origins: ChangeOrigins) {
    const found = diffNames(changed);
    if (found.length + names === 0) return undefined;
    const { log } = this.#options;
    const records = this.#placed(found.slice(0, MAX_RECORDS), origins);
    for (const one of records.slice(0, MAX_LINES)) log(changeText(one));
    const more = moreText(found.length - MAX_LINES, names);
    if (more !== '') log(more);
    const left = { records: found.length - records.length, names };
    this.#history?.add({ at, records, left });
    return { records, left };
  }

  /** With the places of their objects: of what is gone, where they were. */
  #placed(found: readonly DiffedRecord[], origins: ChangeOrigins): RecordChange[] {
    const { zone, provenances } = this.#options;
    const added = provenances(found.filter(({ sign }) => sign === '+'));
    return found.map(({ sign, text, record, table }) => {
      if (sign === '-') {
        const name = clusterNameOf(record, table, zone);
        const namespace = 'namespace' in name ? name.namespace : undefined;
        const service =
          'service' in name ? origins.service(name.namespace, name.service) : undefined;
        const places = placesOf(service === undefined ? origins.of(namespace) : [service]);
        return { sign, record: text, places };
      }
      const { named, from } = added.of(record, table);
      const all = [...(named === undefined ? [] : [named]), ...from];
      return { sign, record: text, places: placesOf(all.map(({ origin }) => origin)) };
    });
  }
}

function recordsNow(name: string, published: ReadonlyMap<NameKey, PackedName>): string[] {
  const key = keyFromText(name);
  const places = [key, extraKey('external', key), extraKey('gateway', key)];
  return places.flatMap((place) => [...recordsAt(place, published.get(place)).keys()]);
}
