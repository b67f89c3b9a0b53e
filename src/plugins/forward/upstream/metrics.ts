import { rcodeName } from '../../../dns/codes.ts';
import type { Counter, Histogram, Metrics } from '../../../observe/metrics.ts';
import { FORWARD_METRICS } from '../metrics.ts';
import type { PoolCounters } from '../transport/stream-pool.ts';
import type { Mismatch } from './sent-query.ts';

/** What is counted of one upstream, under CoreDNS's names. */
export class UpstreamMetrics {
  readonly #metrics: Metrics<typeof FORWARD_METRICS>;
  readonly #labels: { readonly proxy_name: string; readonly to: string };
  readonly #durations = new Map<number, Histogram>();
  readonly #mismatches = new Map<Mismatch, Counter>();
  readonly checkFailed: Counter;
  readonly tcpAfterMismatch: Counter;
  readonly streams: PoolCounters;
  readonly datagrams: PoolCounters;

  /** `to` is the upstream's address and port. */
  constructor(metrics: Metrics, to: string, isTls: boolean) {
    this.#metrics = metrics.of(FORWARD_METRICS);
    this.#labels = { proxy_name: 'forward', to };
    this.checkFailed = this.#metrics.counter(
      'coredns_proxy_healthcheck_failures_total',
      this.#labels,
    );
    this.tcpAfterMismatch = this.#metrics.counter(
      'svcdns_forward_tcp_after_mismatch_total',
      this.#labels,
    );
    this.streams = this.#pool(isTls ? 'tcp-tls' : 'tcp');
    this.datagrams = this.#pool('udp');
  }

  replied(rcode: number, ms: number): void {
    let duration = this.#durations.get(rcode);
    if (duration === undefined) {
      const labels = { ...this.#labels, rcode: rcodeName(rcode) };
      duration = this.#metrics.histogram('coredns_proxy_request_duration_seconds', labels);
      this.#durations.set(rcode, duration); // rcodes of replies that are taken: 0 to 10
    }
    duration.observe(ms / 1000);
  }

  mismatched(reason: Mismatch): void {
    let counter = this.#mismatches.get(reason);
    if (counter === undefined) {
      const labels = { ...this.#labels, reason };
      counter = this.#metrics.counter('svcdns_forward_mismatches_total', labels);
      this.#mismatches.set(reason, counter);
    }
    counter.add(1);
  }

  #pool(proto: 'udp' | 'tcp' | 'tcp-tls'): PoolCounters {
    const labels = { ...this.#labels, proto };
    const hits = this.#metrics.counter('coredns_proxy_conn_cache_hits_total', labels);
    const misses = this.#metrics.counter('coredns_proxy_conn_cache_misses_total', labels);
    return { hit: () => hits.add(1), miss: () => misses.add(1) };
  }

  setUp(value: boolean): void {
    this.#metrics.gauge('svcdns_forward_upstream_up', this.#labels).set(value ? 1 : 0);
  }
}
