/** A key of SipHash, bytes. */
export const SIPHASH_KEY_BYTES = 16;

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that cannot be foreseen without the key, and
 * quick for a few dozen bytes. It makes server cookies (RFC 9018 section 4.4) and places accounts
 * in tables whose keys clients choose.
 *
 * Node's crypto does not have it. 64-bit numbers are pairs of 32-bit ones here: BigInt would
 * allocate for every step.
 */
export class SipHash {
  readonly #key: Int32Array;
  /** The last hash: its lower and its upper 32 bits, signed. */
  low = 0;
  high = 0;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#key = Int32Array.of(word(key, 0), word(key, 4), word(key, 8), word(key, 12));
  }

  /** Hashes the first `length` bytes into `low` and `high`. */
  hash(bytes: Uint8Array, length: number): void {
    const key = this.#key;
    let l0 = key[0]! ^ 0x70736575;
    let h0 = key[1]! ^ 0x736f6d65;
    let l1 = key[2]! ^ 0x6e646f6d;
    let h1 = key[3]! ^ 0x646f7261;
    let l2 = key[0]! ^ 0x6e657261;
    let h2 = key[1]! ^ 0x6c796765;
    let l3 = key[2]! ^ 0x79746573;
    let h3 = key[3]! ^ 0x74656462;
    const whole = length & ~7;
    // The last block holds the bytes left over and the length; one more turn ends the hash.
    for (let at = 0; at <= whole + 8; at += 8) {
      const isEnd = at > whole;
      let low = 0;
      let high = 0;
      if (at < whole) {
        low = word(bytes, at);
        high = word(bytes, at + 4);
      } else if (at === whole) {
        for (let i = length - 1; i >= whole + 4; i--) high = (high << 8) | bytes[i]!;
        for (let i = Math.min(length, whole + 4) - 1; i >= whole; i--) low = (low << 8) | bytes[i]!;
        high |= length << 24;
      } else {
        l2 ^= 0xff;
      }
      l3 ^= low;
      h3 ^= high;
      for (let rounds = isEnd ? 4 : 2; rounds > 0; rounds--) {
        let sum = (l0 + l1) | 0;
        h0 = (h0 + h1 + (sum >>> 0 < l0 >>> 0 ? 1 : 0)) | 0;
        l0 = sum;
        sum = (l2 + l3) | 0;
        h2 = (h2 + h3 + (sum >>> 0 < l2 >>> 0 ? 1 : 0)) | 0;
        l2 = sum;
        let turned = (l1 << 13) | (h1 >>> 19);
        h1 = ((h1 << 13) | (l1 >>> 19)) ^ h0;
        l1 = turned ^ l0;
        turned = (l3 << 16) | (h3 >>> 16);
        h3 = ((h3 << 16) | (l3 >>> 16)) ^ h2;
        l3 = turned ^ l2;
        turned = l0;
        l0 = h0;
        h0 = turned;
        sum = (l2 + l1) | 0;
        h2 = (h2 + h1 + (sum >>> 0 < l2 >>> 0 ? 1 : 0)) | 0;
        l2 = sum;
        sum = (l0 + l3) | 0;
        h0 = (h0 + h3 + (sum >>> 0 < l0 >>> 0 ? 1 : 0)) | 0;
        l0 = sum;
        turned = (l1 << 17) | (h1 >>> 15);
        h1 = ((h1 << 17) | (l1 >>> 15)) ^ h2;
        l1 = turned ^ l2;
        turned = (l3 << 21) | (h3 >>> 11);
        h3 = ((h3 << 21) | (l3 >>> 11)) ^ h0;
        l3 = turned ^ l0;
        turned = l2;
        l2 = h2;
        h2 = turned;
      }
      l0 ^= low;
      h0 ^= high;
    }
    this.low = l0 ^ l1 ^ l2 ^ l3;
    this.high = h0 ^ h1 ^ h2 ^ h3;
  }
}

/** Four bytes, the lowest first. */
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
