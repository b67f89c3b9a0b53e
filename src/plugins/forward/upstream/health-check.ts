import { Type } from '../../../dns/codes.ts';
import { keyOfWire } from '../../../dns/name.ts';
import type { Timer } from '../../../support/clock.ts';
import { plainQuery } from './query.ts';
import type { HealthCheckOptions, Upstream, UpstreamContext } from './upstream.ts';
import { UpstreamTry } from './upstream-try.ts';

/** How long a probe waits; ms. */
const PROBE_MS = 1000;

/** No upstream is probed more often, whatever the Corefile says; ms. */
const MIN_INTERVAL_MS = 50;

/** Probes an upstream that is down until it answers; any reply will do, SERVFAIL too. */
export class HealthCheck {
  readonly #upstream: Upstream;
  readonly #context: UpstreamContext;
  readonly #options: HealthCheckOptions;
  #next: Timer | undefined;
  #probe: UpstreamTry | undefined;
  #timeout: Timer | undefined;

  constructor(upstream: Upstream, context: UpstreamContext) {
    this.#upstream = upstream;
    this.#context = context;
    this.#options = upstream.options.check;
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
    const query = { ...plainQuery(keyOfWire(domain), Type.NS, recursionDesired), name: domain };
    // A reply resets the upstream's health by itself, and that stops this check.
    const probe = new UpstreamTry(this.#upstream, this.#context, query, isTcp, {
      answered: () => this.#endProbe(),
      failed: () => this.#failed(),
      silent: () => {},
    });
    this.#probe = probe;
    this.#timeout = clock.setTimeout(() => this.#failed(), PROBE_MS);
    this.#next = clock.setTimeout(
      () => {
        this.#next = undefined;
        if (this.#probe === undefined) this.#ask();
      },
      Math.max(intervalMs, MIN_INTERVAL_MS),
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
    this.#timeout?.cancel();
    this.#timeout = undefined;
    this.#probe?.cancel();
    this.#probe = undefined;
  }
}
