import { addressAndPort } from '../../../dns/address.ts';
import type { NameKey } from '../../../dns/name.ts';
import type { SocketAddress } from '../../../dns/query.ts';
import { type Logger, LogLimiter } from '../../../observe/log.ts';
import type { Metrics } from '../../../observe/metrics.ts';
import type { Clock } from '../../../support/clock.ts';
import { randomIndexFrom } from '../../../support/random.ts';
import type { DatagramEvents } from '../../datagram.ts';
import { DatagramPool, type DatagramSlots } from '../transport/datagram-pool.ts';
import type { DatagramHold } from '../transport/datagram-socket.ts';
import { noRoomForReply } from '../transport/limited-sockets.ts';
import type { Sockets, TlsIdentity } from '../transport/sockets.ts';
import type { StreamWaiter } from '../transport/stream-connection.ts';
import { type PoolOptions, StreamPool } from '../transport/stream-pool.ts';
import { Capabilities } from './capabilities.ts';
import { Health } from './health.ts';
import type { LargeReplies } from './large-replies.ts';
import { UpstreamMetrics } from './metrics.ts';
import type { SentQuery } from './sent-query.ts';

/** At most one line in this time about an upstream that goes down and comes up; ms. */
const LOG_EVERY_MS = 10_000;

/** What the configuration says of an upstream. Two with equal options are one. */
export interface UpstreamOptions extends SocketAddress {
  /** Undefined: plain DNS over UDP and TCP. */
  readonly tls: TlsIdentity | undefined;
  readonly source: string | undefined;
  /** No reply for this long counts as a failure; ms. Late replies are taken all the same. */
  readonly silenceMs: number;
  /** Failures in a row until it is down; 0: never down. */
  readonly maxFails: number;
  readonly check: HealthCheckOptions;
  readonly pool: PoolOptions;
}

export interface HealthCheckOptions {
  /** Between two probes; ms. */
  readonly intervalMs: number;
  readonly recursionDesired: boolean;
  /** The name whose NS records are asked for. */
  readonly domain: NameKey;
  /** Over TCP, as `force_tcp` has it. */
  readonly isTcp: boolean;
}

/** What an upstream uses of the plugin. */
export interface UpstreamContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: (bytes: number) => Uint8Array;
  readonly sockets: Sockets;
  readonly datagramSlots: DatagramSlots;
  readonly largeReplies: LargeReplies;
  /**
   * Has a reply that came over a stream read in the plugins' turn: it may have thousands of
   * records, and the cluster's names do not wait for many of these in a row. Returns false when it
   * has no room: then the query fails here, not at the upstream. Without it, replies are read at
   * once.
   */
  readonly later: ((work: () => void) => boolean) | undefined;
}

/** Probes an upstream while it is down. */
export interface Prober {
  start(): void;
  stop(): void;
}

/** One upstream server: how it is reached, and all that was learned of it. Outlives a reload. */
export class Upstream {
  readonly options: UpstreamOptions;
  /** `10.0.0.1:53`, `[fd00::1]:53`: for logs and metrics. */
  readonly label: string;
  readonly health: Health;
  readonly capabilities: Capabilities;
  readonly metrics: UpstreamMetrics;
  readonly #log: Logger;
  readonly #later: UpstreamContext['later'];
  readonly #streams: StreamPool;
  readonly #datagrams: DatagramPool;
  readonly #prober: Prober;
  readonly #ups: LogLimiter;
  readonly #downs: LogLimiter;
  #owners = 0;
  #lastError = '';

  constructor(
    options: UpstreamOptions,
    context: UpstreamContext,
    proberOf: (upstream: Upstream) => Prober,
  ) {
    const { clock, random, sockets } = context;
    this.options = options;
    this.label = addressAndPort(options);
    this.#log = context.log;
    this.#later = context.later;
    this.#ups = new LogLimiter(() => clock.now(), LOG_EVERY_MS);
    this.#downs = new LogLimiter(() => clock.now(), LOG_EVERY_MS);
    this.capabilities = new Capabilities(clock);
    this.health = new Health(clock, options.maxFails, options.check.intervalMs);
    this.metrics = new UpstreamMetrics(context.metrics, this.label, options.tls !== undefined);
    this.#streams = new StreamPool({
      clock,
      random,
      options: options.pool,
      counters: this.metrics.streams,
      open: (events) => sockets.stream(options, options.source, options.tls, events),
    });
    this.#datagrams = new DatagramPool({
      clock,
      randomIndex: randomIndexFrom(random),
      slots: context.datagramSlots,
      counters: this.metrics.datagrams,
      open: (events) => sockets.datagram(options, options.source, events),
      unasked: () => this.metrics.mismatched('unasked'),
    });
    this.#prober = proberOf(this);
    this.health.onChange((isUp) => this.#changed(isUp));
  }

  /** Queries go over a stream only. */
  get isEncrypted(): boolean {
    return this.options.tls !== undefined;
  }

  /** Sends a query over UDP. Undefined, and nothing happens, when too many sockets have one. */
  askDatagram(query: Buffer, events: DatagramEvents): DatagramHold | undefined {
    return this.#datagrams.ask(query, events);
  }

  /** Sends a query over a kept connection or a new one. The function returned gives up waiting. */
  askStream(query: SentQuery, waiter: StreamWaiter): () => void {
    const later = this.#later;
    if (later === undefined) return this.#streams.ask(query.bytes, waiter);
    let isOver = false;
    const giveUp = this.#streams.ask(query.bytes, {
      answered: (bytes) => {
        const hasRoom = later(() => {
          if (!isOver) waiter.answered(bytes);
        });
        if (!hasRoom) waiter.failed(noRoomForReply());
      },
      failed: (error) => waiter.failed(error),
    });
    return () => {
      isOver = true;
      giveUp();
    };
  }

  /** A try begun at `sentAt` ended so: connection refused, a certificate that is not trusted. */
  networkFailed(error: Error, sentAt: number): void {
    this.#lastError = error.message;
    this.#datagrams.distrust(sentAt);
    this.health.failed('network', sentAt);
  }

  /** A try begun at `sentAt` has had no reply for so long that it counts as a failure. */
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
    this.#streams.reopen();
    this.#datagrams.reopen();
    this.metrics.setUp(!this.health.isDown);
    if (this.health.isDown) this.#prober.start();
  }

  /** One fewer; without any, connections are closed. */
  release(): void {
    this.#owners--;
    if (this.#owners > 0) return;
    this.#prober.stop();
    this.#streams.close();
    this.#datagrams.close();
  }

  #changed(isUp: boolean): void {
    const upstream = this.label;
    this.metrics.setUp(isUp);
    if (isUp) {
      this.#prober.stop();
      this.#ups.log((leftOut) => this.#log.info({ upstream, leftOut }, 'upstream answers again'));
      return;
    }
    if (this.#owners > 0) this.#prober.start();
    const { failures, lastFailure } = this.health;
    const last = lastFailure === 'silent' ? 'no reply' : this.#lastError;
    this.#downs.log((leftOut) =>
      this.#log.warn({ upstream, failures, last, leftOut }, 'upstream is down'),
    );
  }
}
