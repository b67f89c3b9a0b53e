import type { NameKey } from '../../dns/name.ts';
import type { RecordData } from '../../dns/record.ts';
import type { Reply, Request } from '../plugin.ts';

export type EntryKind = 'positive' | 'denial' | 'failure';

/** Kinds of slots. */
const KINDS: readonly (EntryKind | 'name')[] = ['positive', 'denial', 'name', 'failure'];

/** A stored reply, with all of the question it answers. */
export interface Entry {
  /** The key it lies under: `slotOf` of its question. */
  readonly slot: string;
  readonly kind: EntryKind;
  readonly name: NameKey;
  /** Undefined: every type, as the name does not exist. */
  readonly type: number | undefined;
  readonly klass: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  /** Records with their TTLs as of `storedAt`. */
  readonly reply: Reply;
  /** Lowest TTL, seconds; of no meaning in a failure. */
  readonly ttl: number;
  /** `Clock.now()`; ms. */
  readonly storedAt: number;
  /** Estimate of its memory. */
  readonly bytes: number;
  /** Hits in a row, for prefetch. */
  hits: number;
  lastHitAt: number;
  /** When a refresh last failed; ms. */
  failedAt: number;
}

/** What `newEntry` needs to know beside the question. */
export interface EntryContent {
  readonly kind: EntryKind;
  readonly everyType: boolean;
  readonly reply: Reply;
  readonly ttl: number;
  readonly storedAt: number;
}

export function newEntry(request: Request, content: EntryContent): Entry {
  const { kind, everyType, reply, ttl, storedAt } = content;
  const slot = slotOf(request, everyType ? 'name' : kind);
  return {
    slot,
    kind,
    name: request.key,
    type: everyType ? undefined : request.type,
    klass: request.klass,
    dnssecOk: request.edns?.dnssecOk === true,
    checkingDisabled: request.checkingDisabled,
    reply,
    ttl,
    storedAt,
    bytes: ENTRY_BYTES + 2 * slot.length + replyBytes(reply, request.key),
    hits: 0,
    lastHitAt: storedAt,
    failedAt: Number.NEGATIVE_INFINITY,
  };
}

/**
 * The key of a question: name, type, class, DO and CD in full, nothing hashed, so two questions never share
 * one. `name` is the slot of a denial of all types.
 *
 * One byte a character, as in the name: a string with a single wider one takes twice the memory.
 */
export function slotOf(request: Request, kind: EntryKind | 'name'): string {
  const type = kind === 'name' ? 0 : request.type;
  const flags =
    (request.edns?.dnssecOk === true ? 1 : 0) |
    (request.checkingDisabled ? 2 : 0) |
    (KINDS.indexOf(kind) << 2);
  const { klass } = request;
  return `${request.key}${String.fromCharCode(type >> 8, type & 0xff, klass >> 8, klass & 0xff, flags)}`;
}

/** Is this the entry of this question? Asked on every hit, whatever the key promises. */
export function answersTo(entry: Entry, request: Request): boolean {
  return (
    entry.name === request.key &&
    (entry.type === undefined || entry.type === request.type) &&
    entry.klass === request.klass &&
    entry.dnssecOk === (request.edns?.dnssecOk === true) &&
    entry.checkingDisabled === request.checkingDisabled
  );
}

// Memory taken in Node 20, measured over 30,000 entries read from messages.
const ENTRY_BYTES = 590;
const RECORD_BYTES = 110;
const BUFFER_BYTES = 96;
const CHUNK_BYTES = 256; // shared by the small data of one message
const STRING_BYTES = 24;

function replyBytes(reply: Reply, name: NameKey): number {
  let bytes = reply.error?.text.length ?? 0;
  let hasBuffers = false;
  for (const section of [reply.answer, reply.authority, reply.additional]) {
    for (const { owner, data } of section) {
      bytes += RECORD_BYTES + dataBytes(data);
      if (owner !== name) bytes += STRING_BYTES + owner.length;
      hasBuffers ||= data.kind === 'address' || data.kind === 'raw';
    }
  }
  return hasBuffers ? bytes + CHUNK_BYTES : bytes;
}

function dataBytes(data: RecordData): number {
  switch (data.kind) {
    case 'address':
      return BUFFER_BYTES + data.address.length;
    case 'raw':
      return BUFFER_BYTES + data.bytes.length;
    case 'name':
      return STRING_BYTES + data.name.length;
    case 'exchange':
      return STRING_BYTES + data.exchange.length;
    case 'service':
      return STRING_BYTES + data.target.length;
    case 'strings':
      return data.strings.reduce((sum, text) => sum + STRING_BYTES + 8 + text.length, 0);
    case 'start':
      return 2 * STRING_BYTES + data.start.mname.length + data.start.rname.length + 80;
  }
}
