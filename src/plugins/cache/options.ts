import type { NameKey } from '../../dns/name.ts';

/** The `cache` directive of a server block. */
export interface CacheOptions {
  /** Names in none of these are not cached. */
  readonly zones: readonly NameKey[];
  readonly success: StoreOptions;
  readonly denial: StoreOptions;
  /** How long SERVFAIL and NOTIMP are kept, ms; 0: not at all. */
  readonly servfailMs: number;
  readonly prefetch: PrefetchOptions | undefined;
  /** Undefined: nothing is served after its time. */
  readonly stale: StaleOptions | undefined;
  /** Answer with the TTLs as they came, not counted down. */
  readonly keepTtl: boolean;
}

/** The same while it is being read. */
export type CacheDraft = { -readonly [Option in keyof CacheOptions]: CacheOptions[Option] };

export interface StoreOptions {
  /** Most entries; Infinity leaves it to the byte budget. */
  readonly entries: number;
  /** Longest TTL, seconds. */
  readonly maxTtl: number;
  /** Shortest TTL, seconds; a TTL of 0 is not stored whatever this is. */
  readonly minTtl: number;
  /** Zones of which nothing is stored. */
  readonly except: readonly NameKey[];
}

interface PrefetchOptions {
  /** Hits that make a name worth it. */
  readonly amount: number;
  /** A longer pause between two hits starts the count again; ms. */
  readonly pauseMs: number;
  /** Refresh when this much of the TTL is left. */
  readonly percent: number;
}

export interface StaleOptions {
  /** How long after its time an entry may still be served; ms. */
  readonly windowMs: number;
  /**
   * Longest wait for a fresh answer before the stale one is served; ms. 0: do not wait, refresh in
   * the background.
   */
  readonly waitMs: number;
  /** TTL of stale records, seconds. */
  readonly ttl: number;
  /** Least time between a failed refresh and the next; ms. */
  readonly recheckMs: number;
  /** An answer, even a stale one, beats a denial, even a fresh one. */
  readonly preferPositive: boolean;
}

/** CoreDNS's defaults, without the floor of 5 s and the 9,984 entries: bytes are the limit. */
export const DEFAULT_SUCCESS: StoreOptions = {
  entries: Number.POSITIVE_INFINITY,
  maxTtl: 3600,
  minTtl: 0,
  except: [],
};
export const DEFAULT_DENIAL: StoreOptions = { ...DEFAULT_SUCCESS, maxTtl: 1800 };
export const DEFAULT_SERVFAIL_MS = 5000;

/** RFC 9520 section 3.2: failures are cached for at least 1 second, and at most 5 minutes. */
export const MIN_SERVFAIL_MS = 1000;
export const MAX_SERVFAIL_MS = 300_000;

/**
 * RFC 8767 section 4: the TTL of an expired record is "a value greater than 0, with a RECOMMENDED
 * value of 30 seconds". Section 5: attempts to refresh after a failure "no more frequently than
 * every 30 seconds", and a client response timer of 1.8 seconds.
 */
export const STALE_TTL_SECONDS = 30;
export const STALE_RECHECK_MS = 30_000;
export const STALE_WAIT_MS = 1800;
