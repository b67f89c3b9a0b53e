import { nameAt } from '../../zone/extra-names.ts';
import { hostKey } from '../../zone/names.ts';
import { type ChangedName, diffNames } from './name-diff.ts';
import type { RecordChange } from './record-change.ts';

/** A change that was taken. */
export interface RememberedChange {
  /** Unix seconds. */
  readonly at: number;
  readonly records: readonly RecordChange[];
  /** Records and names of the change that are not among them. */
  readonly left: { readonly records: number; readonly names: number };
  /** The Corefile changed: it is the place of all records, whose objects stayed where they were. */
  readonly isOfCorefile?: true;
}

/**
 * A change where there are changes all the time, as in a cluster: to find out its records takes
 * more time than to take the change, and few are ever asked for.
 */
export interface NamedChange {
  /** Unix seconds. */
  readonly at: number;
  readonly names: readonly ChangedName[];
  /** Names of the change that are not among them. */
  readonly left: number;
}

/** Records of a change that are remembered. */
export const MAX_RECORDS = 500;

/**
 * A change with names of more bytes, in all and each, is made out at once: a name with a thousand
 * endpoints has two hundred times as many as the records in which it changes, and few such would
 * fill the history. Many small names have no more than their records.
 */
const MAX_NAMED_BYTES = 32 * 1024;
const MAX_SMALL_BYTES = 1024;

/** Records of a change that are told at once; the history has more. */
const MAX_TOLD = 50;

/**
 * A change with its records. With `only`, a name in presentation form, those of other names may be
 * missing.
 */
export function told(change: RememberedChange | NamedChange, only?: string): RememberedChange {
  if (!('names' in change)) return change;
  const key = only === undefined ? undefined : hostKey(only);
  const names =
    only === undefined
      ? change.names
      : change.names.filter(({ place }) => nameAt(place).key === key);
  const found = diffNames(names);
  const records = found.slice(0, MAX_RECORDS).map(({ sign, text }) => {
    return { sign, record: text, places: [] };
  });
  const left = { records: found.length - records.length, names: change.left };
  return { at: change.at, records, left };
}

/** Whether a change takes much more memory by its names than by the records that it changes. */
export function isOfLargeNames(change: NamedChange): boolean {
  const bytes = bytesOf(change);
  return bytes > MAX_NAMED_BYTES && bytes > MAX_SMALL_BYTES * change.names.length;
}

/** No record is another. */
export function isEmpty({ records, left }: RememberedChange): boolean {
  return records.length + left.records + left.names === 0;
}

/** What a change takes beside the characters of its texts, about. */
const CHANGE_BYTES = 100;
const RECORD_BYTES = 60;

/** The memory that a change takes, about. */
export function bytesOf(change: RememberedChange | NamedChange): number {
  if ('names' in change) {
    return change.names.reduce(
      (sum, { place, before = '', after = '' }) =>
        sum + RECORD_BYTES + place.length + before.length + after.length,
      CHANGE_BYTES,
    );
  }
  return change.records.reduce(
    (sum, { record, places }) =>
      sum + RECORD_BYTES + record.length + places.reduce((all, place) => all + place.length, 0),
    CHANGE_BYTES,
  );
}

/** The part of a change that is told at once. */
export function some({ records, left }: Pick<RememberedChange, 'records' | 'left'>): {
  readonly records: readonly RecordChange[];
  readonly left: RememberedChange['left'];
} {
  const more = Math.max(records.length - MAX_TOLD, 0);
  return {
    records: records.slice(0, MAX_TOLD),
    left: { records: left.records + more, names: left.names },
  };
}

/** The same of one whose records are not known: each name has one at least, most often. */
export function someNames({ at, names, left }: NamedChange): NamedChange {
  const told = names.slice(0, MAX_TOLD);
  return { at, names: told, left: left + names.length - told.length };
}
