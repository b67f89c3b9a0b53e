import { SIPHASH_KEY_BYTES, SipHash } from '../../dns/siphash.ts';
import type { Counter } from '../../observe/metrics.ts';

/**
 * Accounts that share a place of the table; of these the one that was longest without a charge
 * gives way.
 */
const WAYS = 8;

/**
 * Accounts of replies, each under a key of some bytes: a table of fixed size that strangers fill.
 * An account earns `rate` replies a second, holds at most one second's worth, and can be so many
 * seconds' worth behind. A reply may go while it is not behind. A key that is new finds an account
 * with one second's worth.
 *
 * Keys are kept as hashes that cannot be foreseen, so no one can make two networks share an account
 * or push a certain one out; by number alone anybody can.
 */
export class AccountTable {
  readonly #hash: SipHash;
  readonly #sets: number;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #balance: Float64Array;
  /** When each was last charged; ms. */
  readonly #chargedAt: Float64Array;
  /** Replies that each was behind for. */
  readonly #over: Int32Array;
  /** When each was last in the log; ms. */
  readonly #loggedAt: Float64Array;
  readonly #evictions: Counter;
  /** Accounts in use. */
  entries = 0;

  /**
   * `size` is rounded up to a multiple of eight. `evictions` counts accounts that give way to
   * others.
   */
  constructor(size: number, random: (bytes: number) => Uint8Array, evictions: Counter) {
    this.#evictions = evictions;
    this.#hash = new SipHash(random(SIPHASH_KEY_BYTES));
    this.#sets = Math.ceil(size / WAYS);
    const places = this.#sets * WAYS;
    this.#low = new Int32Array(places);
    this.#high = new Int32Array(places);
    this.#balance = new Float64Array(places);
    this.#chargedAt = new Float64Array(places).fill(Number.NEGATIVE_INFINITY);
    this.#over = new Int32Array(places);
    this.#loggedAt = new Float64Array(places);
  }

  /**
   * The account of the first `length` bytes of `key`, for the calls below; it may give way to
   * another at the next `find`.
   */
  find(key: Uint8Array, length: number): number {
    const hash = this.#hash;
    hash.hash(key, length);
    const { low, high } = hash;
    const start = ((low >>> 0) % this.#sets) * WAYS;
    let oldest = start;
    for (let at = start; at < start + WAYS; at++) {
      const chargedAt = this.#chargedAt[at]!;
      if (chargedAt === Number.NEGATIVE_INFINITY) return this.#open(at, low, high);
      if (this.#low[at] === low && this.#high[at] === high) return at;
      if (chargedAt < this.#chargedAt[oldest]!) oldest = at;
    }
    this.#evictions.add(1);
    this.entries--;
    return this.#open(oldest, low, high);
  }

  /**
   * Charges an account with a reply at `now` (ms) and says whether it may go. `rate` is what it
   * earns a second, 0 for no limit; `window` how many seconds' worth it can be behind.
   */
  charge(account: number, rate: number, window: number, now: number): boolean {
    const seconds = (now - this.#chargedAt[account]!) / 1000;
    this.#chargedAt[account] = now;
    if (rate === 0) return true;
    const earned = Math.min(rate, this.#balance[account]! + rate * seconds);
    const balance = Math.max(earned - 1, -rate * window);
    this.#balance[account] = balance;
    if (balance >= 0) return true;
    this.#over[account]! += 1;
    return false;
  }

  /** How many replies an account was behind for, this one among them. */
  over(account: number): number {
    return this.#over[account]! >>> 0;
  }

  /** Whether it has not been in the log for so long; then it is now. */
  isNews(account: number, intervalMs: number, now: number): boolean {
    if (now - this.#loggedAt[account]! < intervalMs) return false;
    this.#loggedAt[account] = now;
    return true;
  }

  #open(at: number, low: number, high: number): number {
    this.entries++;
    this.#low[at] = low;
    this.#high[at] = high;
    this.#balance[at] = 0;
    this.#chargedAt[at] = Number.NEGATIVE_INFINITY;
    this.#over[at] = 0;
    this.#loggedAt[at] = Number.NEGATIVE_INFINITY;
    return at;
  }
}
