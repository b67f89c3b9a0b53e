import { FormatError, type ReadBudget } from './format-error.ts';
import { HEADER_BYTES } from './header.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './name.ts';
import type { WireName } from './record.ts';

/** Most pointers followed in one name: no name needs more than it has labels. */
const MAX_POINTERS = 127;

/** A string's header, and its share of the map or object that holds it. */
const NAME_COST = 40;
/** A byte of a name takes one byte, and time to read. */
const BYTE_COST = 2;
/** Following a pointer costs no memory, but as much time as these bytes. */
const POINTER_COST = 8;

const scratch = Buffer.allocUnsafeSlow(MAX_NAME_BYTES);

/** Reads the names of one message. */
export class NameReader {
  readonly #message: Buffer;
  readonly #budget: ReadBudget;
  /** Target of the last name that was only a pointer: the records of an RRset share their owner. */
  #lastTarget = -1;
  #lastName: WireName = '';
  /** The offset after the name read last. */
  end = 0;

  constructor(message: Buffer, budget: ReadBudget) {
    this.#message = message;
    this.#budget = budget;
  }

  /**
   * Reads a name, following pointers. Each must lead to before the place it stands at ("a prior
   * occurance of the same name", RFC 1035 section 4.1.4), so a loop is impossible.
   *
   * @throws {FormatError} when the name is malformed.
   */
  read(start: number): WireName {
    const message = this.#message;
    let at = start;
    let limit = start;
    let end = 0;
    let run = start; // where the labels begin that are not in `scratch` yet
    let kept = 0;
    let pointers = 0;
    let firstTarget = -1;
    for (;;) {
      const byte = message[at];
      if (byte === undefined) throw new FormatError('A name runs past the end of the message');
      if (byte === 0) break;
      if (byte <= MAX_LABEL_BYTES) {
        const next = at + 1 + byte;
        if (next > message.length) throw new FormatError('A label runs past the end');
        if (kept + next - run + 1 > MAX_NAME_BYTES) {
          throw new FormatError('A name is over 255 bytes');
        }
        at = next;
        continue;
      }
      if (byte < 0xc0) throw new FormatError('A label has a reserved type');
      const target = ((byte & 0x3f) << 8) | (message[at + 1] ?? 0xff);
      end ||= at + 2;
      if (target >= limit || target < HEADER_BYTES) {
        throw new FormatError('A compression pointer does not lead back');
      }
      if (++pointers > MAX_POINTERS) throw new FormatError('A name has too many pointers');
      if (at > run) kept += message.copy(scratch, kept, run, at);
      if (kept === 0 && pointers === 1) {
        if (target === this.#lastTarget) {
          this.end = end;
          return this.#lastName;
        }
        firstTarget = target;
      }
      limit = target;
      at = target;
      run = target;
    }
    this.end = end || at + 1;
    const length = kept + at - run;
    this.#budget.spend(NAME_COST + BYTE_COST * length + POINTER_COST * pointers);
    if (kept > 0) message.copy(scratch, kept, run, at);
    // Most names are in one piece, with or without a pointer to it.
    const name =
      kept === 0 ? message.toString('latin1', run, at) : scratch.toString('latin1', 0, length);
    if (firstTarget >= 0) {
      this.#lastTarget = firstTarget;
      this.#lastName = name;
    }
    return name;
  }
}
