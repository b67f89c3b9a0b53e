import { readUint32, writeUint32 } from './header.ts';
import { SipHash } from './siphash.ts';

/** RFC 7873 section 4: a client cookie has 8 bytes, and a server cookie behind it 8 to 32. */
export const CLIENT_COOKIE_BYTES = 8;
export const MIN_COOKIES_BYTES = 16;
export const MAX_COOKIES_BYTES = 40;

/** A client cookie and the server cookie that we make for it (RFC 9018 section 4). */
export const COOKIES_BYTES = 24;

const VERSION = 1;

/** RFC 9018 section 4.3: how old a server cookie may be, and how far ahead of us; seconds. */
const MOST_SECONDS_OLD = 3600;
const MOST_SECONDS_AHEAD = 300;

/** The same section: from this age on the client should get a new one. */
const RENEW_SECONDS = 1800;

const VERSION_AT = 8;
const TIMESTAMP_AT = 12;
const HASH_AT = 16;

/** `fresh`: ours, to be sent back as it is. `old`: ours, but the client should get a new one. */
export type CookieState = 'fresh' | 'old' | 'wrong';

const hashed = Buffer.alloc(HASH_AT + 16);

/**
 * Makes and checks server cookies in the form that all servers understand (RFC 9018): version,
 * timestamp, and a hash over both, the client's cookie and its address. Only a server that has the
 * secret can make the hash.
 */
export class ServerCookies {
  readonly #makes: SipHash;
  readonly #knows: readonly SipHash[];

  /**
   * Secrets of 16 bytes: new cookies are made with the first, and those of every one are accepted.
   */
  constructor(secrets: readonly [Uint8Array, ...Uint8Array[]]) {
    const [first, ...others] = secrets;
    this.#makes = new SipHash(first);
    this.#knows = others.map((secret) => new SipHash(secret));
  }

  /**
   * Checks the 24 bytes of `cookies` from a client with an address of 4 or 16 bytes; `now` in
   * seconds since 1970.
   */
  check(cookies: Uint8Array, address: Uint8Array, addressBytes: number, now: number): CookieState {
    if (cookies[VERSION_AT] !== VERSION) return 'wrong';
    // "All comparisons involving these fields MUST use 'Serial number arithmetic'" (RFC 9018
    // section 4.3).
    const age = (now - readUint32(cookies, TIMESTAMP_AT)) | 0;
    if (age > MOST_SECONDS_OLD || age < -MOST_SECONDS_AHEAD) return 'wrong';
    const length = fill(cookies, address, addressBytes);
    if (isHash(this.#makes, length, cookies)) return age > RENEW_SECONDS ? 'old' : 'fresh';
    return this.#knows.some((secret) => isHash(secret, length, cookies)) ? 'old' : 'wrong';
  }

  /** Writes a server cookie behind the client cookie that `cookies` begins with. */
  make(cookies: Uint8Array, address: Uint8Array, addressBytes: number, now: number): void {
    writeUint32(cookies, VERSION_AT, VERSION * 0x1000000); // and three reserved bytes
    writeUint32(cookies, TIMESTAMP_AT, now % 0x100000000);
    this.#makes.hash(hashed, fill(cookies, address, addressBytes));
    writeUint32(cookies, HASH_AT, turned(this.#makes.low));
    writeUint32(cookies, HASH_AT + 4, turned(this.#makes.high));
  }
}

/**
 * RFC 9018 section 4.4: client cookie, version, reserved bytes as they are, timestamp, client
 * address.
 */
function fill(cookies: Uint8Array, address: Uint8Array, addressBytes: number): number {
  for (let at = 0; at < HASH_AT; at++) hashed[at] = cookies[at]!;
  for (let at = 0; at < addressBytes; at++) hashed[HASH_AT + at] = address[at]!;
  return HASH_AT + addressBytes;
}

function isHash(secret: SipHash, length: number, cookies: Uint8Array): boolean {
  secret.hash(hashed, length);
  const isLow = turned(secret.low) === readUint32(cookies, HASH_AT);
  return turned(secret.high) === readUint32(cookies, HASH_AT + 4) && isLow;
}

/** SipHash counts bytes from the lowest, the header's functions from the highest. */
function turned(word: number): number {
  const bytes = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  return bytes >>> 0;
}
