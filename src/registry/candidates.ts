import type { KubeObject } from '../kube/objects.ts';
import { byPreference, type Entry, keyOf } from './entry.ts';

/** Every copy of every object; the first, in order of preference, is the one in use. */
export class Candidates {
  // Nearly every object is written once: a bare entry costs less than a list of one.
  readonly #byKey = new Map<string, Entry | Entry[]>();
  readonly #conflicts = new Set<string>();

  offer(entry: Entry): void {
    const key = keyOf(entry.object);
    const entries = [...this.of(key), entry].sort(byPreference);
    this.#put(key, entries);
  }

  withdraw(entry: Entry): void {
    const key = keyOf(entry.object);
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
    if (found === undefined) return [];
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
