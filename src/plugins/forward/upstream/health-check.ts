import { Class, Type } from '../../../dns/codes.ts';
import { keyOfWire } from '../../../dns/name.ts';
import type { WireName } from '../../../dns/record.ts';
import type { Timer } from '../../../support/clock.ts';
import type { Asked } from './query.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';
import { UpstreamTry } from './upstream-try.ts';

export interface HealthCheckOptions {
  /** Between two probes; ms. */
  readonly intervalMs: number;
  readonly recursionDesired: boolean;
  /** The name whose NS records are asked for. */
  readonly domain: WireName;
  /** Over TCP, as `force_tcp` has it. */
  readonly isTcp: boolean;
}

/** How long a probe waits; ms. */
const PROBE_MS = 1000;

/**
 * Probes an upstream that is down until it answers; any reply will do, SERVFAIL too. Nothing runs
 * while it is up.
 */
export class HealthCheck {
  readonly #upstream: Upstream;
  readonly #context: UpstreamContext;
  readonly #options: HealthCheckOptions;
  #next: Timer | undefined;
  #probe: UpstreamTry | undefined;
  #patience: Timer | undefined;

  constructor(upstream: Upstream, context: UpstreamContext, options: HealthCheckOptions) {
    this.#upstream = upstream;
    this.#context = context;
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#ask();
  }

  stop(): void {
    this.#next?.cancel();
    this.#next = undefined;
    this.#endProbe();
  }

  #ask(): void {
    const { clock } = this.#context;
    const { domain, recursionDesired, isTcp, intervalMs } = this.#options;
    const asked: Asked = {
      name: domain,
      key: keyOfWire(domain),
      type: Type.NS,
      klass: Class.IN,
      recursionDesired,
      checkingDisabled: false,
      dnssecOk: false,
      options: [],
    };
    // A reply resets the upstream's health by itself, and that stops this check.
    const probe = new UpstreamTry(this.#upstream, this.#context, asked, isTcp, {
      answered: () => this.#endProbe(),
      failed: () => this.#failed(),
      silent: () => {},
    });
    this.#probe = probe;
    this.#patience = clock.setTimeout(() => this.#failed(), PROBE_MS);
    this.#next = clock.setTimeout(
      () => {
        this.#next = undefined;
        if (this.#probe === undefined) this.#ask();
      },
      Math.max(intervalMs, LEAST_INTERVAL_MS),
    );
    probe.start();
  }

  #failed(): void {
    this.#upstream.metrics.checkFailed.add(1);
    this.#endProbe();
    // The interval may have passed while this one waited; never two at a time.
    if (this.#next === undefined) this.#ask();
  }

  #endProbe(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#probe?.cancel();
    this.#probe = undefined;
  }
}

/** Nobody is to be asked more often, whatever the Corefile says; ms. */
const LEAST_INTERVAL_MS = 50;
