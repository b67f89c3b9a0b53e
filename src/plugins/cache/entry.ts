import type { Reply, ReplyError, Request } from '../plugin.ts';
import { MAX_SENT_BYTES, optionsKey, sentOptions } from '../sent-options.ts';
import {
  type PackedSections,
  packSections,
  type Sections,
  unpackSections,
} from './packed-records.ts';

export type EntryKind = 'positive' | 'denial' | 'failure';

/** Kinds of slots. */
const KINDS: readonly (EntryKind | 'name')[] = ['positive', 'denial', 'name', 'failure'];

/** A stored reply. One object and two strings, as there may be 200,000 of them. */
export interface Entry extends PackedSections {
  /** The key it lies under, and all of the question it answers: `slotOf`. */
  readonly slot: string;
  readonly kind: EntryKind;
  readonly rcode: number;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly error: ReplyError | undefined;
  /** Lowest TTL, seconds; of no meaning in a failure. */
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

/** What `newEntry` needs to know beside the question. */
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

/** Undefined when the reply is too long, or its records are not what their types say. */
export function newEntry(request: Request, content: EntryContent): Entry | undefined {
  const { kind, everyType, reply, sections, ttl, storedAt, failures = 0 } = content;
  const packed = packSections(sections, request.key);
  if (packed === undefined || !isReadable(packed, request)) return undefined;
  const slot = slotOf(request, everyType ? 'name' : kind);
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
 * The key of a question: name, type, class, DO, CD and the options sent with it in full, nothing hashed, so two questions
 * never share one. `name` is the slot of a denial of all types.
 *
 * One byte a character, as in the name: a string with a single wider one takes twice the memory. And in one piece: put
 * together with `+` it would hold on to the parts.
 */
export function slotOf(request: Request, kind: EntryKind | 'name'): string {
  const { key, klass } = request;
  const type = kind === 'name' ? 0 : request.type;
  let end = key.length;
  scratch.write(key, 0, 'latin1');
  scratch[end] = type >> 8;
  scratch[end + 1] = type;
  scratch[end + 2] = klass >> 8;
  scratch[end + 3] = klass;
  end += 4;
  const options = sentOptions(request);
  if (options.length > 0) end = writeOptions(options, end);
  // Last, so that reading from the end tells where everything before it begins.
  scratch[end] =
    (request.edns?.dnssecOk === true ? 1 : 0) |
    (request.checkingDisabled ? 2 : 0) |
    (KINDS.indexOf(kind) << 2) |
    (options.length > 0 ? 16 : 0);
  return scratch.toString('latin1', 0, end + 1);
}

/** The options, and how long they are. Returns the offset after that. */
function writeOptions(options: ReturnType<typeof sentOptions>, start: number): number {
  const end = start + scratch.write(optionsKey(options), start, 'latin1');
  return scratch.writeUInt16BE(end - start, end);
}

const scratch = Buffer.alloc(255 + 4 + MAX_SENT_BYTES + 2 + 1);

/**
 * Memory of an entry beside the characters of its strings, measured over 100,000 in Node 20: the object, a number, the
 * headers of two strings, and its places in the map and lists of lru-cache.
 */
const ENTRY_BYTES = 335;
const ERROR_BYTES = 64;

function isReadable(packed: PackedSections, { name }: Request): boolean {
  try {
    unpackSections(packed, name);
    return true;
  } catch {
    return false;
  }
}
