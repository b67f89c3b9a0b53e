import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { NameKey } from '../../dns/name.ts';
import type { ResourceRecord, WireName } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';
import {
  type PackedSections,
  packSections,
  type Sections,
  unpackSections,
} from './packed-records.ts';
import type { EntryKind, Slots } from './slots.ts';

/** A stored reply. One object and two strings, as there may be 200,000 of them. */
export interface Entry extends PackedSections {
  /** Its key, which holds all of the question it answers: `slotOf`. */
  readonly slot: string;
  readonly kind: EntryKind;
  readonly rcode: number;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly error: ExtendedErrorText | undefined;
  /** Lowest TTL, seconds; means nothing in a failure. */
  readonly ttl: number;
  /** Failures of the question in a row, this one included; 0 in all but a failure. */
  readonly failures: number;
  /** `Clock.now()`, to which the TTLs of the records belong; ms. */
  readonly storedAt: number;
  /** Its memory. */
  readonly bytes: number;
  /** Undefined until something of it is known. */
  activity: Activity | undefined;
}

/** What is known of an entry's use and renewal. */
export interface Activity {
  /** Hits in a row, for prefetch. */
  hits: number;
  lastHitAt: number;
  /** When a refresh last failed; ms. */
  failedAt: number;
}

/** What an entry is made from, besides the question. */
export interface EntryContent {
  readonly kind: EntryKind;
  /** The name does not exist, so it answers for every type. */
  readonly everyType: boolean;
  readonly reply: Reply;
  /** The reply's records, as far as they are stored. */
  readonly sections: Sections;
  readonly ttl: number;
  readonly storedAt: number;
  readonly failures?: number;
}

type PackedContent = Omit<EntryContent, 'reply' | 'sections'> & {
  readonly reply: Pick<Reply, 'rcode' | 'recursionAvailable' | 'authenticData' | 'error'>;
};

/** An entry, and its records as they are read from it for the question it was made for. */
export interface NewEntry {
  readonly entry: Entry;
  readonly sections: Sections;
}

/** Undefined when the reply is too long, or its records are not what their types say. */
export function newEntry(
  request: Request,
  slots: Slots,
  content: EntryContent,
): NewEntry | undefined {
  const packed = packSections(content.sections, request.key);
  const sections = packed && readBack(packed, request, content.sections);
  if (packed === undefined || sections === undefined) return undefined;
  return { entry: entryOf(slots, content, packed), sections };
}

/** The same of records that are packed as they are to be kept. */
export function entryOf(slots: Slots, content: PackedContent, packed: PackedSections): Entry {
  const { kind, everyType, reply, ttl, storedAt, failures = 0 } = content;
  const slot = slots.of(everyType ? 'name' : kind);
  const text = reply.error === undefined ? 0 : ERROR_BYTES + reply.error.text.length;
  // Written out, not spread: V8 gives an object made in one piece no second place for its fields.
  return {
    slot,
    kind,
    rcode: reply.rcode,
    recursionAvailable: reply.recursionAvailable,
    authenticData: reply.authenticData,
    error: reply.error,
    wire: packed.wire,
    answers: packed.answers,
    authorities: packed.authorities,
    additionals: packed.additionals,
    ttl,
    failures,
    storedAt,
    bytes: ENTRY_BYTES + slot.length + packed.wire.length + text,
    activity: undefined,
  };
}

/** The activity of an entry, which begins with this. */
export function activityOf(entry: Entry): Activity {
  entry.activity ??= {
    hits: 0,
    lastHitAt: entry.storedAt,
    failedAt: Number.NEGATIVE_INFINITY,
  };
  return entry.activity;
}

/**
 * Memory of an entry beside the characters of its strings, measured over 100,000 in Node 20: the
 * object, a number, the headers of two strings, and its place in a map and in a list.
 */
const ENTRY_BYTES = 282;
const ERROR_BYTES = 64;

function readBack(
  packed: PackedSections,
  { name, key }: Request,
  given: Sections,
): Sections | undefined {
  const { answer, authority, additional } = given;
  // Most denials, and most answers in lower case.
  const isSame = (record: ResourceRecord) => isReadAsGiven(record, name, key);
  if (answer.every(isSame) && authority.every(isSame) && additional.every(isSame)) return given;
  try {
    return unpackSections(packed, name);
  } catch {
    return undefined;
  }
}

/**
 * Whether a record is certain to be read as it was given: its names stay in their letters, and its
 * data is what its type says, as it was read and not kept as bytes.
 */
function isReadAsGiven(record: ResourceRecord, name: WireName, key: NameKey): boolean {
  const { owner, data } = record;
  const isKept = (one: WireName) => name === key || !one.endsWith(key);
  if (record.class !== undefined || !isKept(owner)) return false;
  if (data.kind === 'start') return isKept(data.start.mname) && isKept(data.start.rname);
  return data.kind === 'address';
}
