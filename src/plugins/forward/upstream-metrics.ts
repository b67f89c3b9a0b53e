import { rcodeName } from '../../dns/codes.ts';
import type { Counter, Histogram, Metrics } from '../../observe/metrics.ts';
import type { Mismatch } from './outgoing.ts';

/** What is counted of one upstream, under CoreDNS's names. */
export class UpstreamMetrics {
  readonly #metrics: Metrics;
  readonly #labels: { readonly proxy_name: string; readonly to: string };
  readonly #durations = new Map<number, Histogram>();
  readonly #mismatches = new Map<Mismatch, Counter>();
  readonly checkFailed: Counter;
  readonly tcpAfterMismatch: Counter;
  readonly poolHits: Counter;
  readonly poolMisses: Counter;

  /** `to` is the upstream's address and port. */
  constructor(metrics: Metrics, to: string, isTls: boolean) {
    this.#metrics = metrics;
    this.#labels = { proxy_name: 'forward', to };
    const pool = { ...this.#labels, proto: isTls ? 'tcp-tls' : 'tcp' };
    this.checkFailed = metrics.counter('coredns_proxy_healthcheck_failures_total', this.#labels);
    this.tcpAfterMismatch = metrics.counter(
      'svcdns_forward_tcp_after_mismatch_total',
      this.#labels,
    );
    this.poolHits = metrics.counter('coredns_proxy_conn_cache_hits_total', pool);
    this.poolMisses = metrics.counter('coredns_proxy_conn_cache_misses_total', pool);
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

  isUp(value: boolean): void {
    this.#metrics.gauge('svcdns_forward_upstream_up', this.#labels).set(value ? 1 : 0);
  }
}
