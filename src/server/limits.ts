import { UDP_PAYLOAD_BYTES } from '../dns/edns.ts';
import { MOST_TCP_CONNECTIONS } from '../support/descriptor-budget.ts';

/** Caps; each has a metric and a drop rule. */
export interface Limits {
  /** Largest reply sent over UDP, bytes. */
  readonly udpReplyBytes: number;
  /**
   * TCP connections at once; the oldest idle one is closed to make room, or one that does not get
   * on.
   */
  readonly tcpConnections: number;
  readonly tcpConnectionsPerClient: number;
  /** Queries of one connection that may wait for an answer before we stop reading from it. */
  readonly tcpInFlight: number;
  /** Bytes of replies that may wait on one connection before it is closed. */
  readonly tcpWriteBytes: number;
  /** Queries of one connection, after whose replies it is closed. */
  readonly tcpQueries: number;
  /** Time to the first byte of the first query, ms. */
  readonly tcpFirstByteMs: number;
  /**
   * Time for a message to become whole, ms: the first from when the client connected, others from
   * their first byte.
   */
  readonly tcpMessageMs: number;
  /** Time one write may go without progress before its connection is closed, ms. */
  readonly tcpStallMs: number;
  /** Idle time after which a connection is closed, ms. Shrinks as connections fill up. */
  readonly tcpIdleMs: number;
}

/** The limits that a Corefile can set for its TCP connections, with `timeouts`. */
export type TcpLimits = Pick<
  Limits,
  'tcpQueries' | 'tcpFirstByteMs' | 'tcpMessageMs' | 'tcpStallMs' | 'tcpIdleMs'
>;

export const DEFAULT_LIMITS: Limits = Object.freeze({
  // So that no reply is ever fragmented.
  udpReplyBytes: UDP_PAYLOAD_BYTES,
  // Fewer where a process may open fewer than 4,096 files.
  tcpConnections: MOST_TCP_CONNECTIONS,
  // A tenth of all: no single client can take the others' places, and a NAT gateway or NodeLocal
  // DNSCache, which speaks for a whole node, still has ten times what a stub resolver opens.
  tcpConnectionsPerClient: 200,
  // RFC 7766 section 6.2.1.1 wants pipelining; 64 is more than any stub resolver has waiting.
  tcpInFlight: 64,
  // Four replies of the largest size. A client this far behind is not reading.
  tcpWriteBytes: 256 * 1024,
  // RFC 7766 section 6.2.1: a client may reuse its connection as long as it likes.
  tcpQueries: Number.POSITIVE_INFINITY,
  // A client that connects has its query at hand. 2 s forgives one lost segment (1 s, RFC 6298).
  tcpFirstByteMs: 2000,
  // A query fits one segment; 5 s forgives two lost in a row, and ends a slow-loris.
  tcpMessageMs: 5000,
  // CoreDNS's `write`. A client this slow is not reading.
  tcpStallMs: 5000,
  // "of the order of a few seconds" (RFC 7766 section 6.2.3); CoreDNS's `idle` too.
  tcpIdleMs: 10_000,
});

/** Bytes of UDP replies that may wait for the kernel on one socket; over it replies are dropped. */
export const UDP_SEND_QUEUE_BYTES = 4 * 1024 * 1024;

/**
 * Asked of the kernel for each UDP socket, bytes. The kernel charges some 800 bytes for a query, so
 * that a burst of 10,000 waits for us instead of being lost; its default is 212,992.
 */
export const UDP_RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * Unsent bytes on a connection at which no more of its queries are taken until it has read some.
 */
export const TCP_PAUSE_BYTES = 64 * 1024;

/**
 * Time a connection may wait for its last answers, ms. Longer than any plugin waits: it is there so
 * that a lost query cannot hold a connection for ever.
 */
export const TCP_ANSWER_MS = 30_000;

/**
 * The longest we go without reading from a connection, ms, because its queries or its replies have
 * to wait. One read holds some 400 queries; 64 at a time, each with a name outside whose servers
 * are silent, they take 35 s.
 */
export const TCP_HELD_MS = 60_000;

/**
 * A connection that has taken no query and got rid of no reply for this long does not get on, ms:
 * it gives its place to a new client when there is no other. A round trip to the far side of the
 * Earth.
 */
export const TCP_STUCK_MS = 200;

/**
 * How long a connection that is idle, or that has sent a part of a message, is kept, in ms, when
 * `share` (0 to 1) of all connections are taken: `longest` at most.
 *
 * Half the places are for comfort. Past that each step hands idle places to new clients sooner, so
 * that it takes ever more new connections a second to fill the rest; Unbound's curve, less steep
 * at first. Never under 200 ms, a round trip to the far side of the Earth: a client must have
 * the time to send what it connected for.
 */
export function keptMs(longest: number, share: number): number {
  const step = CURVE.find(({ upTo }) => share <= upTo) ?? LAST_STEP;
  return Math.min(longest, Math.max(MIN_IDLE_MS, longest * step.keep));
}

const MIN_IDLE_MS = 200;
const CURVE = [
  { upTo: 0.5, keep: 1 },
  { upTo: 0.65, keep: 0.25 },
  { upTo: 0.8, keep: 0.05 },
];
const LAST_STEP = { keep: 0.02 };

/** Replies that wait for something get this long when their sockets close, ms. */
export const GRACE_MS = 2000;
