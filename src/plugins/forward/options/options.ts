import { type NameKey, ROOT } from '../../../dns/name.ts';
import type { TlsIdentity } from '../transport/sockets.ts';

export const POLICIES = ['random', 'round_robin', 'sequential'] as const;
export type Policy = (typeof POLICIES)[number];

/** A `forward` line, read. Times in ms. */
export interface ForwardOptions {
  readonly from: NameKey;
  readonly except: readonly NameKey[];
  readonly forceTcp: boolean;
  readonly preferUdp: boolean;
  readonly expireMs: number;
  readonly maxAgeMs: number;
  readonly maxIdleConnections: number;
  /** Undefined: not given. */
  readonly readTimeoutMs: number | undefined;
  readonly maxFails: number;
  /** 0: as many as there is time for, 3 for each upstream. */
  readonly maxConnectAttempts: number;
  readonly healthCheck: {
    readonly intervalMs: number;
    readonly recursionDesired: boolean;
    readonly domain: NameKey;
  };
  readonly policy: Policy;
  readonly maxConcurrent: number;
  /** Of one client, and about one domain; undefined: a share of `maxConcurrent`. */
  readonly maxConcurrentPerClient: number | undefined;
  readonly maxConcurrentPerDomain: number | undefined;
  /** Codes with which the next matching `forward` is asked. */
  readonly next: ReadonlySet<number>;
  readonly nextOnNodata: boolean;
  readonly failover: ReadonlySet<number>;
  readonly failFast: boolean;
  readonly sourceAddress: string | undefined;
  /** Servers that find the addresses of upstreams given by name; none: the system's. */
  readonly resolvers: readonly string[];
  readonly tls: TlsIdentity;
}

/** For a line without `max_concurrent`. CoreDNS has no limit, and can be filled up. */
const DEFAULT_MAX_CONCURRENT = 1000;

/** For `max_concurrent 0`, no limit in CoreDNS: about as many as there are file descriptors. */
export const MAX_CONCURRENT = 20_000;

/** CoreDNS's defaults, except where a limit has none there. */
export const DEFAULTS: Omit<ForwardOptions, 'from'> = Object.freeze({
  except: [],
  forceTcp: false,
  preferUdp: false,
  expireMs: 10_000,
  maxAgeMs: 0,
  maxIdleConnections: 0,
  readTimeoutMs: undefined,
  maxFails: 2,
  maxConnectAttempts: 0,
  healthCheck: Object.freeze({ intervalMs: 500, recursionDesired: true, domain: ROOT }),
  policy: 'random',
  maxConcurrent: DEFAULT_MAX_CONCURRENT,
  maxConcurrentPerClient: undefined,
  maxConcurrentPerDomain: undefined,
  next: new Set<number>(),
  nextOnNodata: false,
  failover: new Set<number>(),
  failFast: false,
  sourceAddress: undefined,
  resolvers: [],
  tls: Object.freeze({ servername: undefined, ca: undefined, cert: undefined, key: undefined }),
});

/** Times of one `forward` line; ms. */
export interface Timeouts {
  /** From a question's arrival until its client is told something, if only SERVFAIL. */
  readonly clientMs: number;
  /**
   * From the first query until the question is given up. An answer that comes after the client was
   * told is for a cache, and for those who ask again.
   */
  readonly questionMs: number;
}

/** A reply within 1.5 s, with a little for the way: most clients ask again after 2 s. */
const CLIENT_MS = 1450;

/** As long as CoreDNS goes on, and as clients wait in all (resolv.conf's `timeout:5`). */
const QUESTION_MS = 5000;

/** A longer `read_timeout` would hold memory and sockets for questions that no client waits for. */
const MAX_TIMEOUT_MS = 60_000;

/** `readTimeoutMs`, if the Corefile has it, is how long a client waits, but never shorter. */
export function timeoutsOf(readTimeoutMs = 0): Timeouts {
  const ms = Math.min(readTimeoutMs, MAX_TIMEOUT_MS);
  return { clientMs: Math.max(CLIENT_MS, ms), questionMs: Math.max(QUESTION_MS, ms) };
}
