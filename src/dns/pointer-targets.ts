import type { WireName } from './record.ts';

/**
 * Where the names stand in a message that can be pointed at. Most messages have two at most: a map
 * is made for a third.
 */
export class PointerTargets {
  #first: WireName = '';
  #firstOffset = 0;
  #second: WireName = '';
  #secondOffset = 0;
  #others: Map<WireName, number> | undefined;

  /**
   * Where the part of a name that begins at its byte `at` stands; undefined when it can not be
   * pointed at.
   */
  offsetOf(name: WireName, at: number): number | undefined {
    const length = name.length - at;
    if (length === 0) return undefined;
    if (length === this.#first.length && name.endsWith(this.#first)) return this.#firstOffset;
    if (length === this.#second.length && name.endsWith(this.#second)) return this.#secondOffset;
    return this.#others?.get(name.slice(at));
  }

  /** Adds a name, which is not the root, unless it is there. */
  add(name: WireName, offset: number): void {
    if (this.offsetOf(name, 0) !== undefined) return;
    if (this.#first === '') {
      this.#first = name;
      this.#firstOffset = offset;
    } else if (this.#second === '') {
      this.#second = name;
      this.#secondOffset = offset;
    } else {
      this.#others ??= new Map();
      this.#others.set(name, offset);
    }
  }
}
