import { type Logger, LogLimiter } from '../../../observe/log.ts';
import type { Metrics } from '../../../observe/metrics.ts';
import type { Clock } from '../../../support/clock.ts';
import { randomIndexFrom } from '../../random-index.ts';
import type { DatagramGate } from '../transport/datagram-gate.ts';
import { DatagramPool } from '../transport/datagram-pool.ts';
import type { DatagramHold } from '../transport/datagram-socket.ts';
import type { DatagramEvents, Endpoint, Sockets, TlsIdentity } from '../transport/sockets.ts';
import type { StreamWaiter } from '../transport/stream-connection.ts';
import { type PoolOptions, StreamPool } from '../transport/stream-pool.ts';
import { Learned } from './capabilities.ts';
import { Health } from './health.ts';
import { HealthCheck, type HealthCheckOptions } from './health-check.ts';
import type { LargeReplies } from './large-replies.ts';
import { UpstreamMetrics } from './metrics.ts';
import type { Outgoing } from './sent-query.ts';

/** One line each about one that comes and goes; ms. */
const LOG_EVERY_MS = 10_000;

/** What the configuration says of an upstream. Two with equal options are one. */
export interface UpstreamOptions extends Endpoint {
  /** Undefined: plain DNS over UDP and TCP. */
  readonly tls: TlsIdentity | undefined;
  readonly source: string | undefined;
  /** No reply for so long counts against it; ms. Late ones are taken all the same. */
  readonly silenceMs: number;
  /** Failures in a row until it is down; 0: never down. */
  readonly maxFails: number;
  readonly check: HealthCheckOptions;
  readonly pool: PoolOptions;
}

/** What an upstream needs of its surroundings. */
export interface UpstreamContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: (bytes: number) => Uint8Array;
  readonly sockets: Sockets;
  /** Bounds the UDP sockets open at a time. */
  readonly gate: DatagramGate;
  /** Bounds the time that long replies take. */
  readonly large: LargeReplies;
}

/**
 * One upstream server: how it is reached, and everything learned of it. Outlives a reload that
 * keeps it.
 */
export class Upstream {
  readonly options: UpstreamOptions;
  /** `10.0.0.1:53`, `[fd00::1]:53`: for logs and metrics. */
  readonly label: string;
  readonly health: Health;
  readonly metrics: UpstreamMetrics;
  readonly #context: UpstreamContext;
  readonly #pool: StreamPool;
  readonly #datagrams: DatagramPool;
  readonly #check: HealthCheck;
  readonly #ups: LogLimiter;
  readonly #downs: LogLimiter;
  readonly learned: Learned;
  #owners = 0;
  #lastError = '';

  constructor(options: UpstreamOptions, context: UpstreamContext) {
    const { clock, random, sockets, metrics, gate } = context;
    this.options = options;
    this.label = endpointText(options);
    this.#context = context;
    this.#ups = new LogLimiter(clock.now.bind(clock), LOG_EVERY_MS);
    this.#downs = new LogLimiter(clock.now.bind(clock), LOG_EVERY_MS);
    this.learned = new Learned(clock);
    this.health = new Health(clock, options.maxFails, options.check.intervalMs);
    this.metrics = new UpstreamMetrics(metrics, this.label, options.tls !== undefined);
    this.#pool = new StreamPool(
      clock,
      random,
      (events) => sockets.stream(options, options.source, options.tls, events),
      options.pool,
      this.metrics.streams,
    );
    this.#datagrams = new DatagramPool({
      clock,
      randomIndex: randomIndexFrom(random),
      gate,
      counters: this.metrics.datagrams,
      open: (events) => sockets.datagram(options, options.source, events),
      unasked: () => this.metrics.mismatched('unasked'),
    });
    this.#check = new HealthCheck(this, context, options.check);
    this.health.onChange((isUp) => this.#changed(isUp));
  }

  /** Queries go over a stream only. */
  get isEncrypted(): boolean {
    return this.options.tls !== undefined;
  }

  /**
   * Sends a query. Undefined when too many sockets have one under way already: then nothing
   * happens.
   */
  askDatagram(query: Outgoing, events: DatagramEvents): DatagramHold | undefined {
    return this.#datagrams.ask(query.bytes, events);
  }

  /** Sends a query over a kept connection or a new one. The function returned gives up waiting. */
  askStream(query: Outgoing, waiter: StreamWaiter): () => void {
    return this.#pool.ask(query.bytes, waiter);
  }

  /** A try begun at `sentAt` ended so: connection refused, a certificate that is not trusted. */
  networkFailed(error: Error, sentAt: number): void {
    this.#lastError = error.message;
    this.#datagrams.distrust(sentAt);
    this.health.failed('network', sentAt);
  }

  /** A try begun at `sentAt` has had no reply for so long that it counts against the upstream. */
  wasSilent(sentAt: number): void {
    this.#datagrams.distrust(sentAt);
    this.health.failed('silent', sentAt);
  }

  /** Some forwarder uses it. */
  get isHeld(): boolean {
    return this.#owners > 0;
  }

  /** One more forwarder uses it. */
  retain(): void {
    this.#owners++;
    if (this.#owners > 1) return;
    this.#pool.reopen();
    this.#datagrams.reopen();
    this.metrics.isUp(!this.health.isDown);
    if (this.health.isDown) this.#check.start();
  }

  /** One fewer; when nobody is left, connections are closed. */
  release(): void {
    this.#owners--;
    if (this.#owners > 0) return;
    this.#check.stop();
    this.#pool.close();
    this.#datagrams.close();
  }

  #changed(isUp: boolean): void {
    this.metrics.isUp(isUp);
    if (isUp) this.#check.stop();
    else if (this.#owners > 0) this.#check.start();
    const { log } = this.#context;
    const upstream = this.label;
    if (isUp) {
      this.#ups.log((leftOut) => log.info({ upstream, leftOut }, 'upstream answers again'));
      return;
    }
    const { failures, lastFailure } = this.health;
    const last = lastFailure === 'silent' ? 'no reply' : this.#lastError;
    this.#downs.log((leftOut) =>
      log.warn({ upstream, failures, last, leftOut }, 'upstream is down'),
    );
  }
}

/** `10.0.0.1:53`, `[fd00::1]:53`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
