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
