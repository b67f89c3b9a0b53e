import type { Counter, Metrics } from '../../observe/metrics.ts';

/** Why a connection was closed; a label value of `svcdns_tcp_connections_closed_total`. */
export type CloseReason = (typeof CLOSE_REASONS)[number];

const CLOSE_REASONS = [
  'client', // it had sent all its queries and got all its replies, or it just left
  'error', // ECONNRESET, EPIPE
  'first_byte', // connected and sent nothing
  'message', // took too long over one message
  'idle',
  'queries', // has asked as often as `timeouts` lets it
  'unanswered', // its last query was never answered
  'stalled', // does not read its replies
  'backlog', // does not read them, and asks for more
  'held', // its queries or replies had to wait for so long that we never came to read on
  'evicted', // was idle, or did not get on, and gave its place to a new client
  'refused', // no place, and no connection to give up its own
  'panic', // an error was thrown in its turn
  'shutdown',
] as const;

/** Closings that are the client's own fault: it does not read. */
export const RESETS: ReadonlySet<CloseReason> = new Set(['stalled', 'backlog', 'held', 'evicted']);

/** What TCP counts. */
export class TcpCounters {
  readonly accepted: Counter;
  readonly acceptErrors: Counter;
  readonly short: Counter;
  readonly long: Counter;
  readonly repliesDropped: Counter;
  readonly closed: Readonly<Record<CloseReason, Counter>>;

  constructor(metrics: Metrics) {
    this.accepted = metrics.counter('svcdns_tcp_connections_accepted_total');
    this.acceptErrors = metrics.counter('svcdns_tcp_accept_errors_total');
    this.short = metrics.counter('svcdns_tcp_messages_rejected_total', { reason: 'short' });
    this.long = metrics.counter('svcdns_tcp_messages_rejected_total', { reason: 'long' });
    this.repliesDropped = metrics.counter('svcdns_tcp_replies_dropped_total');
    const closed = CLOSE_REASONS.map((reason) => [
      reason,
      metrics.counter('svcdns_tcp_connections_closed_total', { reason }),
    ]);
    this.closed = Object.fromEntries(closed) as Record<CloseReason, Counter>;
  }
}
