import type { WireName } from './record.ts';

/**
 * Where the names stand in a message that can be pointed at. Most messages have two at most: a map
 * is made for a third.
 */
export class PointerTargets {
  #whole: WireName = '';
  #wholeOffset = 0;
  #first: WireName = '';
  #firstOffset = 0;
  #second: WireName = '';
  #secondOffset = 0;
  #others: Map<WireName, number> | undefined;

  clear(): void {
    this.#whole = this.#first = this.#second = '';
    this.#others = undefined;
  }

  /**
   * Where the part of a name that begins at its byte `at` stands; undefined when it can not be
   * pointed at.
   */
  offsetOf(name: WireName, at: number): number | undefined {
    const length = name.length - at;
    if (length === 0) return undefined;
    if (isEndOf(this.#whole, name, at)) return this.#wholeOffset + this.#whole.length - length;
    if (length === this.#first.length && name.endsWith(this.#first)) return this.#firstOffset;
    if (length === this.#second.length && name.endsWith(this.#second)) return this.#secondOffset;
    return this.#others?.get(name.slice(at));
  }

  /** Adds a name and every parent of it, to a message that has no other name yet. */
  addAll(name: WireName, offset: number): void {
    this.#whole = name;
    this.#wholeOffset = offset;
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

/** Whether the part of `name` that begins at `at` is `whole` or a parent of it. */
function isEndOf(whole: WireName, name: WireName, at: number): boolean {
  const start = whole.length - name.length + at;
  if (start < 0) return false;
  if (name === whole) return true;
  for (let i = name.length - 1; i >= at; i--) {
    if (name.charCodeAt(i) !== whole.charCodeAt(start - at + i)) return false;
  }
  let label = 0;
  while (label < start) label += 1 + whole.charCodeAt(label);
  return label === start;
}
