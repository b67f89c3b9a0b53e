import { randomBytes } from 'node:crypto';

/** Fetched at once: a call costs some 5 µs, however few bytes it is for. */
const FETCHED_BYTES = 4096;

/**
 * Cryptographically strong random bytes from a store that is filled ahead: for message IDs and the
 * case of letters, which each query chooses anew. No byte is given out twice. `fetch` fills the
 * store; it is the system's generator unless a test says otherwise.
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
