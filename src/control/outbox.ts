import type { NameKey } from '../dns/name.ts';
import type { NameChanges } from '../zone/compiler.ts';
import type { ZoneChange } from '../zone/live-zone.ts';
import type { PackedName } from '../zone/packed-name.ts';

/**
 * Names and bytes of a part. 500 names take the resolver's thread about a millisecond to receive, and
 * large answers (a headless Service of a thousand pods) must not add up to more.
 */
const PART_NAMES = 500;
const PART_BYTES = 128 * 1024;

/**
 * Changes waiting to be sent, cut into small parts. One entry a name, however often it
 * changes meanwhile, so it never outgrows the names there are.
 */
export class Outbox {
  readonly #waiting = new Map<NameKey, PackedName | null>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(changes: NameChanges): void {
    for (const [key, name] of changes) this.#waiting.set(key, name);
  }

  /** The next part to send; undefined when nothing waits. */
  take(): ZoneChange | undefined {
    if (this.isEmpty) return undefined;
    const keys: NameKey[] = [];
    const names: PackedName[] = [];
    const gone: NameKey[] = [];
    let bytes = 0;
    for (const [key, name] of this.#waiting) {
      if (keys.length + gone.length >= PART_NAMES || bytes >= PART_BYTES) break;
      this.#waiting.delete(key);
      if (name === null) {
        gone.push(key);
        continue;
      }
      keys.push(key);
      names.push(name);
      bytes += name.length;
    }
    return { keys, names, gone };
  }
}
