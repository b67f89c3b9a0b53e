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
const PART_NAMES = 500;
const PART_BYTES = 128 * 1024;

/**
 * Changes waiting to be sent, cut into small parts. One entry a name or address, however often it
 * changes meanwhile, so it never outgrows those there are.
 */
export class Outbox {
  readonly #waiting = new Map<NameKey, PackedName | null>();
  readonly #pods: PodChanges = new Map();

  get isEmpty(): boolean {
    return this.#waiting.size + this.#pods.size === 0;
  }

  add(changes: NameChanges, pods: PodChanges = new Map()): void {
    for (const [key, name] of changes) this.#waiting.set(key, name);
    for (const [address, namespace] of pods) this.#pods.set(address, namespace);
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
    const room = bytes >= PART_BYTES ? 0 : PART_NAMES - keys.length - gone.length;
    if (this.#pods.size === 0 || room === 0) return { keys, names, gone };
    return { keys, names, gone, pods: this.#takePods(room) };
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
