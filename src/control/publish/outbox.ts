import type { NameKey } from '../../dns/name.ts';
import { pushTo } from '../../support/collections.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import type { ZoneChange } from '../../zone/live-zone.ts';
import type { PackedName } from '../../zone/packed-name.ts';
import type { PodChange } from '../../zone/pod-namespaces.ts';
import type { PodChanges } from '../../zone/pod-owners.ts';

/**
 * Names, or addresses of Pods, and bytes of a part. 500 names take the resolver's thread about a
 * millisecond to receive, and large answers (a headless Service of a thousand pods) must not add up
 * to more.
 */
export const PART_NAMES = 500;
const PART_BYTES = 128 * 1024;

/**
 * Changes waiting to be sent, cut into small parts. One entry a name or address, however often it
 * changes meanwhile, and one more of the change under way: so it never outgrows twice those there
 * are.
 */
export class Outbox {
  /**
   * The change under way, which came when nothing waited: it is sent as it is. To copy all names of
   * a large load took 4 % of its CPU time.
   */
  #underWay: Iterator<[NameKey, PackedName | null]> | undefined;
  /** What has changed since. */
  readonly #waiting = new Map<NameKey, PackedName | null>();
  readonly #pods: PodChanges = new Map();

  /** What changes in `changes` from then on has to be added too. */
  add(changes: NameChanges, pods: PodChanges = new Map()): void {
    if (this.#underWay !== undefined || this.#waiting.size > 0) {
      for (const [key, name] of changes) this.#waiting.set(key, name);
    } else if (changes.size > 0) this.#underWay = changes.entries();
    for (const [address, namespace] of pods) this.#pods.set(address, namespace);
  }

  /** The next part to send; undefined when nothing waits. */
  take(): ZoneChange | undefined {
    const keys: NameKey[] = [];
    const names: PackedName[] = [];
    const gone: NameKey[] = [];
    let bytes = 0;
    while (keys.length + gone.length < PART_NAMES && bytes < PART_BYTES) {
      const next = this.#next();
      if (next === undefined) break;
      const [key, name] = next;
      if (name === null) {
        gone.push(key);
        continue;
      }
      keys.push(key);
      names.push(name);
      bytes += name.length;
    }
    if (keys.length + gone.length + this.#pods.size === 0) return undefined;
    const room = bytes >= PART_BYTES ? 0 : PART_NAMES - keys.length - gone.length;
    if (this.#pods.size === 0 || room === 0) return { keys, names, gone };
    return { keys, names, gone, pods: this.#takePods(room) };
  }

  #next(): readonly [NameKey, PackedName | null] | undefined {
    for (let next = this.#underWay?.next(); next && !next.done; next = this.#underWay?.next()) {
      const [key] = next.value;
      // What has changed since is sent as it is now.
      if (!this.#waiting.has(key)) return next.value;
    }
    this.#underWay = undefined;
    for (const next of this.#waiting) {
      this.#waiting.delete(next[0]);
      return next;
    }
    return undefined;
  }

  #takePods(most: number): PodChange {
    const owned = new Map<string, string[]>();
    const gone: string[] = [];
    let room = most;
    for (const [address, namespace] of this.#pods) {
      if (room-- === 0) break;
      this.#pods.delete(address);
      if (namespace === null) {
        gone.push(address);
        continue;
      }
      pushTo(owned, namespace, address);
    }
    return { owned: [...owned].map(([namespace, addresses]) => ({ namespace, addresses })), gone };
  }
}
