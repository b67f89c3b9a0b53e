import type { Labels } from '../../kube/objects.ts';
import { closest } from '../../kube/spelling.ts';
import { pushTo } from '../../support/collections.ts';

/** An object that a selector misses by a single label, and how: `has app=web`, `lacks tier`. */
export interface Similar<T> {
  readonly item: T;
  readonly difference: string;
}

interface Labelled {
  readonly name: string;
}

/** Objects and labels looked at for one selector: this is a hint, not a search. */
const MAX_CANDIDATES = 50;
const MAX_LABELS = 10;

/** Finds what the author of a selector probably meant. */
export class SimilarLabels<T extends Labelled> {
  readonly #labelsOf: (item: T) => Labels;
  /** By `key=value`, by `key=` and by `=value`; the first few of each. */
  readonly #items = new Map<string, T[]>();
  readonly #byName = new Map<string, T>();

  constructor(items: Iterable<T>, labelsOf: (item: T) => Labels) {
    this.#labelsOf = labelsOf;
    for (const item of items) {
      if (!this.#byName.has(item.name)) this.#byName.set(item.name, item);
      for (const [key, value] of labelsOf(item)) {
        for (const entry of entriesOf(key, value)) this.#add(entry, item);
      }
    }
  }

  /** The nearest object; one called `name`, as the Service is, is nearer than others. */
  find(selector: Labels, name: string): Similar<T> | undefined {
    let best: { similar: Similar<T>; rank: number } | undefined;
    for (const item of this.#candidates(selector, name)) {
      const found = compare(selector, this.#labelsOf(item), item.name === name);
      if (found === undefined || (best !== undefined && best.rank <= found.rank)) continue;
      best = { similar: { item, difference: found.difference }, rank: found.rank };
    }
    return best?.similar;
  }

  #add(entry: string, item: T): void {
    const known = this.#items.get(entry)?.length ?? 0;
    if (known < MAX_CANDIDATES) pushTo(this.#items, entry, item);
  }

  #candidates(selector: Labels, name: string): Set<T> {
    const candidates = new Set<T>();
    const sameName = this.#byName.get(name);
    if (sameName !== undefined) candidates.add(sameName);
    for (const [key, value] of [...selector].slice(0, MAX_LABELS)) {
      for (const entry of entriesOf(key, value)) {
        for (const item of this.#items.get(entry) ?? []) candidates.add(item);
      }
    }
    return candidates;
  }
}

function entriesOf(key: string, value: string): string[] {
  return [`${key}=${value}`, `${key}=`, `=${value}`];
}

/** How two sets of labels differ in one label; the lower the rank, the likelier a typing error. */
function compare(
  selector: Labels,
  labels: Labels,
  isSameName: boolean,
): { difference: string; rank: number } | undefined {
  const missed = [...selector].filter(([key, value]) => labels.get(key) !== value);
  const [first, second] = missed;
  if (first === undefined || second !== undefined) return undefined;
  const [key, value] = first;
  const has = labels.get(key);
  if (has !== undefined && closest(value, [has]) !== undefined) {
    return { difference: `has ${key}=${has}`, rank: 0 };
  }
  const sameValue = [...labels].find(([other, its]) => its === value && !selector.has(other));
  if (sameValue !== undefined) return { difference: `has ${sameValue.join('=')}`, rank: 1 };
  // With nothing else in common, a label of the same key is no sign of kinship.
  if (selector.size === 1 && !isSameName) return undefined;
  const rank = isSameName ? 2 : 3;
  return has === undefined
    ? { difference: `lacks ${key}=${value}`, rank }
    : { difference: `has ${key}=${has}`, rank };
}
