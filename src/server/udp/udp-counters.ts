import type { Counter, Metrics } from '../../observe/metrics.ts';

/** What is counted of UDP sockets, however datagrams come. */
export class UdpCounters {
  /** Queries from a port that is never answered. */
  readonly sourcePort: Counter;
  /** Replies that found no room. */
  readonly sendQueue: Counter;
  /** Replies whose socket was closed before they could be sent. */
  readonly closed: Counter;
  readonly errors: Counter;

  constructor(metrics: Metrics) {
    this.sourcePort = metrics.counter('svcdns_udp_ignored_total', { reason: 'source_port' });
    const dropped = 'svcdns_udp_replies_dropped_total';
    this.sendQueue = metrics.counter(dropped, { reason: 'send_queue' });
    this.closed = metrics.counter(dropped, { reason: 'closed' });
    this.errors = metrics.counter('svcdns_udp_socket_errors_total');
  }
}

/**
 * Source ports that are never answered: 0 cannot be, and behind the others are services that would
 * answer our answer, for ever (echo, daytime, quote, chargen, time, kpasswd: CVE-2024-2169).
 */
const IGNORED_PORTS = new Uint8Array(512);
for (const port of [0, 7, 13, 17, 19, 37, 464]) IGNORED_PORTS[port] = 1;

export function isIgnoredPort(port: number): boolean {
  return port < IGNORED_PORTS.length && IGNORED_PORTS[port] === 1;
}
