import { randomBytes } from 'node:crypto';

/** Fetched at once, as a call costs some 5 µs for any number of bytes. */
const FETCHED_BYTES = 4096;

/**
 * Cryptographically strong random bytes from a buffer, for the message ID and the letter case of
 * each query. No byte is given out twice. `fetch` fills the buffer; tests have their own.
 */
export function bufferedRandom(
  fetch: (bytes: number) => Uint8Array = randomBytes,
): (bytes: number) => Uint8Array {
  let store: Uint8Array = new Uint8Array(0);
  let at = 0;
  return (bytes) => {
    if (bytes > FETCHED_BYTES / 4) return fetch(bytes);
    if (at + bytes > store.length) {
      store = fetch(FETCHED_BYTES);
      at = 0;
    }
    at += bytes;
    return store.subarray(at - bytes, at);
  };
}

/**
 * A random whole number from 0 to `count` - 1, each as likely as the others; 0 for a count of 1.
 */
export type RandomIndex = (count: number) => number;

/** Bytes fetched at once: a call into the system's generator costs as much as 200 numbers. */
const POOL_BYTES = 1024;

/** Numbers from strong random bytes, fetched some hundreds ahead. */
export function randomIndexFrom(random: (bytes: number) => Uint8Array): RandomIndex {
  let pool: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  return (count) => {
    if (count < 2) return 0;
    if (at + 4 > pool.byteLength) {
      const bytes = random(POOL_BYTES);
      pool = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      at = 0;
    }
    const number = pool.getUint32(at);
    at += 4;
    // Uneven by at most `count` in 2^32.
    return Math.floor((number * count) / 0x1_0000_0000);
  };
}

/** A copy in random order, every order as likely (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], randomIndex: RandomIndex): Item[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = randomIndex(last + 1);
    const item = copy[last]!;
    copy[last] = copy[other]!;
    copy[other] = item;
  }
  return copy;
}
