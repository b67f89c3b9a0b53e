import type { NameKey } from '../../dns/name.ts';
import type { Request, RequestEdns } from '../plugin.ts';
import { MAX_SENT_BYTES, optionsKey, sentOptions } from '../sent-options.ts';

export type EntryKind = 'positive' | 'denial' | 'failure';

/** Kinds of slots. */
const KINDS: readonly (EntryKind | 'name')[] = ['positive', 'denial', 'name', 'failure'];

/** What the keys are made from. */
export type SlotQuestion = Pick<Request, 'key' | 'type' | 'qclass' | 'checkingDisabled'> & {
  readonly edns: Pick<RequestEdns, 'dnssecOk' | 'options'> | undefined;
};

/** The keys under which things are stored for one question, each made once. */
export class Slots {
  readonly #request: SlotQuestion;
  readonly #made: (string | undefined)[] = [undefined, undefined, undefined, undefined];

  constructor(request: SlotQuestion) {
    this.#request = request;
  }

  /** The name of the question. */
  get key(): NameKey {
    return this.#request.key;
  }

  of(kind: EntryKind | 'name'): string {
    const at = KINDS.indexOf(kind);
    let slot = this.#made[at];
    if (slot === undefined) {
      slot = slotOf(this.#request, kind);
      this.#made[at] = slot;
    }
    return slot;
  }
}

/**
 * The key of a question: name, type, class, DO, CD and the options sent with it in full, nothing
 * hashed, so two questions never share one. `name` is the slot of a denial of all types.
 *
 * One byte a character, as in the name: a string with a single wider one takes twice the memory.
 * And in one piece: put together with `+` it would hold on to the parts.
 */
export function slotOf(request: SlotQuestion, kind: EntryKind | 'name'): string {
  const { key, qclass } = request;
  const type = kind === 'name' ? 0 : request.type;
  let end = key.length;
  scratch.write(key, 0, 'latin1');
  scratch[end] = type >> 8;
  scratch[end + 1] = type;
  scratch[end + 2] = qclass >> 8;
  scratch[end + 3] = qclass;
  end += TYPE_AND_CLASS_BYTES;
  const options = sentOptions(request);
  if (options.length > 0) end = writeOptions(options, end);
  // Last, so that the end determines where everything before it begins.
  scratch[end] =
    (request.edns?.dnssecOk === true ? 1 : 0) |
    (request.checkingDisabled ? 2 : 0) |
    (KINDS.indexOf(kind) << 2) |
    (options.length > 0 ? HAS_OPTIONS : 0);
  return scratch.toString('latin1', 0, end + 1);
}

/** How many characters of a key are the name. */
export function nameLengthOf(slot: string): number {
  const end = slot.length - 1;
  if ((slot.charCodeAt(end) & HAS_OPTIONS) === 0) return end - TYPE_AND_CLASS_BYTES;
  const optionsBytes = (slot.charCodeAt(end - 2) << 8) | slot.charCodeAt(end - 1);
  return end - 2 - optionsBytes - TYPE_AND_CLASS_BYTES;
}

/** The bit of the last byte that says that options stand before it. */
const HAS_OPTIONS = 16;
const TYPE_AND_CLASS_BYTES = 4;

/** Writes the options and their length. Returns the offset behind them. */
function writeOptions(options: ReturnType<typeof sentOptions>, start: number): number {
  const end = start + scratch.write(optionsKey(options), start, 'latin1');
  return scratch.writeUInt16BE(end - start, end);
}

const scratch = Buffer.alloc(255 + TYPE_AND_CLASS_BYTES + MAX_SENT_BYTES + 2 + 1);
