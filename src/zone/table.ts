/**
 * Maps above this many entries make the thread stand still while they grow: 16 ms at 262,144
 * entries, measured on Node 20. With 256 shards a million names leave each map at 4,096.
 */
const SHARDS = 256;

/** A map split into shards, so that its growing, while manifests load, never delays an answer. */
export class ShardedMap<Key extends string, Value> {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<Key, Value>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * What is under the key, or undefined. `sum` is `keySum(key)`, which `readQuery` computes while
   * it reads the name.
   */
  get(key: Key, sum: number): Value | undefined {
    return this.#shards[sum & (SHARDS - 1)]!.get(key);
  }

  set(key: Key, value: Value): void {
    const shard = this.#shardOf(key);
    const before = shard.size;
    shard.set(key, value);
    this.#size += shard.size - before;
  }

  delete(key: Key): void {
    if (this.#shardOf(key).delete(key)) this.#size--;
  }

  *entries(): Generator<[Key, Value]> {
    for (const shard of this.#shards) yield* shard.entries();
  }

  #shardOf(key: Key): Map<Key, Value> {
    return this.#shards[keySum(key) & (SHARDS - 1)]!;
  }
}

/** The sum of a key's bytes, for keys that did not come from a query. */
export function keySum(key: string): number {
  let sum = 0;
  for (let at = 0; at < key.length; at++) sum += key.charCodeAt(at);
  return sum;
}

/**
 * Is this the key of an extra name (extra-names.ts)? A name's first byte is the length of a
 * label, at most 63; such a key has a larger one in front.
 */
export function isExtraKey(key: string): boolean {
  return key.charCodeAt(0) > 63;
}
