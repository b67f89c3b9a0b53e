import type { KubeObject } from '../../../kube/objects.ts';
import { keyText } from '../../../registry/registry.ts';

/** An object and its place in the order that decides between copies. */
export interface Entry {
  readonly object: KubeObject;
  readonly file: string;
  /** Counted from 0, in the file. */
  readonly document: number;
  /** Counted from 0, in the document. */
  readonly item: number;
}

/** Every copy of every object; the first, in order of preference, is the one in use. */
export class Candidates {
  // Nearly every object is written once: a bare entry costs less than a list of one.
  readonly #byKey = new Map<string, Entry | Entry[]>();
  readonly #conflicts = new Set<string>();

  offer(entry: Entry): void {
    const key = keyText(entry.object);
    const known = this.of(key);
    if (known.length === 0) this.#byKey.set(key, entry);
    else this.#put(key, [...known, entry].sort(byPreference));
  }

  withdraw(entry: Entry): void {
    const key = keyText(entry.object);
    this.#put(
      key,
      this.of(key).filter((candidate) => candidate !== entry),
    );
  }

  /** The copy in use. */
  winner(key: string): KubeObject | undefined {
    return this.of(key)[0]?.object;
  }

  /** All copies, the preferred one first. */
  of(key: string): readonly Entry[] {
    const found = this.#byKey.get(key);
    if (found === undefined) return NONE;
    return Array.isArray(found) ? found : [found];
  }

  /** The copies of each object that is written more than once. */
  *conflicts(): Iterable<readonly Entry[]> {
    for (const key of this.#conflicts) yield this.of(key);
  }

  #put(key: string, entries: Entry[]): void {
    const [first] = entries;
    if (first === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, entries.length === 1 ? first : entries);
    if (entries.length > 1) this.#conflicts.add(key);
    else this.#conflicts.delete(key);
  }
}

const NONE: readonly Entry[] = [];

/** The order in which copies of one object are preferred: file path, document, place in it. */
function byPreference(a: Entry, b: Entry): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document || a.item - b.item;
}
