import type { Network } from '../../dns/network.ts';

/** What `ratelimit` says of replies over UDP to one network of clients. */
export interface RateLimits {
  readonly isOff: boolean;
  /** Replies a second, 0 for no limit: with records, of each name. */
  readonly responses: number;
  /** Without records, of each zone. */
  readonly nodata: number;
  /** NXDOMAIN, of each zone. */
  readonly nxdomains: number;
  /** Any other rcode. */
  readonly errors: number;
  /** All of them together. */
  readonly all: number;
  /** How many seconds' worth a network can be behind; it has to keep quiet that long. */
  readonly windowSeconds: number;
  /** Every which reply over a limit is truncated instead of dropped: 1 for all, 0 for none. */
  readonly slip: number;
  /** Bits of an address that name its network. */
  readonly ipv4Prefix: number;
  readonly ipv6Prefix: number;
  readonly exempt: readonly Network[];
  /** Loopback and private addresses are limited too. */
  readonly includesPrivate: boolean;
  /** Limits are counted and logged, and every reply is sent. */
  readonly isLogOnly: boolean;
  /** Most accounts kept, 36 bytes each. */
  readonly maxTableSize: number;
}

/**
 * Of `responses`, when the Corefile does not say: BIND's manual wants at least four times as many.
 */
export const ALL_PER_RESPONSE = 5;

/** Knot's. BIND's manual proposes 5 to 10, for servers that only resolvers with caches ask. */
const RESPONSES = 50;

export const DEFAULT_RATE_LIMITS: RateLimits = Object.freeze({
  isOff: false,
  responses: RESPONSES,
  nodata: RESPONSES,
  nxdomains: RESPONSES,
  errors: RESPONSES,
  all: RESPONSES * ALL_PER_RESPONSE,
  windowSeconds: 15, // BIND's
  slip: 1, // Knot's: no client is left without a reply, and none is larger than its query
  ipv4Prefix: 24, // BIND's and Knot's
  ipv6Prefix: 56,
  exempt: [],
  includesPrivate: false,
  isLogOnly: false,
  maxTableSize: 16_384, // 0.6 MB, and none before the first public client
});
