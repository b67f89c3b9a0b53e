import type { NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import type { RecordTable } from '../zone/options.ts';
import type { WeighedReason } from './reason.ts';

/** A name whose reason is asked for. */
export interface AskedName {
  readonly key: NameKey;
  readonly type: number;
  /** In whose zones it is; undefined for a name outside all of them. */
  readonly table: RecordTable | undefined;
  /** It exists: then these are the types that it has. */
  readonly types: readonly number[] | undefined;
}

/** A record, and the table that it is from. */
export interface TableRecord {
  readonly record: ResourceRecord;
  readonly table: RecordTable;
}

/** What is asked of the objects behind some names, in one go. Plain data. */
export interface ObjectsQuestion {
  readonly names: readonly AskedName[];
  /** At most `MAX_RECORDS`. */
  readonly records: readonly TableRecord[];
  /** Whose namespace is asked for: an address; undefined when it is of no interest. */
  readonly client: string | undefined;
}

/** Records whose objects are asked for; those of a longer answer are left out. */
export const MAX_RECORDS = 50;

/** An object as texts: what it is, and where it is written. */
export interface ObjectPlace {
  /** `Service shop/web` */
  readonly object: string;
  /** `web.yaml:3:1`, or with the resourceVersion of an object of an API server. */
  readonly origin: string;
}

/** Where a record comes from. */
export interface RecordSource {
  /** The object that its name is made of; undefined for what every zone has. */
  readonly named: ObjectPlace | undefined;
  /** What wrote down the data: `manifest`, `API server`, a controller, or `svcdns`. */
  readonly by: string;
  /** The objects that the data comes from, where those are others. */
  readonly from: readonly ObjectPlace[];
  /** What is to be known of an object that is gone or broken, and still answered. */
  readonly note: 'held' | { readonly kept: string } | undefined;
}

/** The Pod that asks, or would ask. */
export interface ClientPod extends ObjectPlace {
  readonly namespace: string;
}

export interface ObjectsAnswer {
  /** One for each of `names`; undefined where the objects say nothing. */
  readonly reasons: readonly (WeighedReason | undefined)[];
  /** One for each of `records`. */
  readonly sources: readonly RecordSource[];
  readonly client: ClientPod | undefined;
}
