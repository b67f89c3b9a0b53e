import type { NameKey } from '../../dns/name.ts';
import { nameLengthOf } from './slots.ts';

/** One for each hash. A cache of the default size, 20,000 entries, leaves six in seven at zero. */
const COUNTERS = 1 << 17;

/** A counter that has come so far is not believed any more, and stays. */
const MAX_COUNT = 255;

/**
 * Tells of most names that nothing is stored for them: how many entries there are for all names of
 * the same hash. A name that nobody has asked for has four keys to be made and looked up in two
 * maps each, which took a sixth of a forwarded miss.
 */
export class NameFilter {
  readonly #counts = new Uint8Array(COUNTERS);

  /** There is one more entry, in this slot. */
  add(slot: string): void {
    const at = placeOf(slot, nameLengthOf(slot));
    if (this.#counts[at]! < MAX_COUNT) this.#counts[at]!++;
  }

  /** The entry in this slot is gone. */
  remove(slot: string): void {
    const at = placeOf(slot, nameLengthOf(slot));
    if (this.#counts[at]! < MAX_COUNT) this.#counts[at]!--;
  }

  /** False when nothing is stored for the name. */
  mayHave(name: NameKey): boolean {
    return this.#counts[placeOf(name, name.length)] !== 0;
  }
}

/** Characters that names are told apart by: each takes up to 7 ns. */
const HASHED_CHARACTERS = 24;

/** FNV-1a of the name that the text begins with. */
function placeOf(text: string, nameLength: number): number {
  const end = Math.min(nameLength, HASHED_CHARACTERS);
  let hash = 0x811c9dc5;
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (COUNTERS - 1);
}
