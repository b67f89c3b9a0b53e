import type { ForwardOptions } from '../options/options.ts';
import { HealthCheck } from './health-check.ts';
import type { Target } from './sources.ts';
import { Upstream, type UpstreamContext, type UpstreamOptions } from './upstream.ts';

/**
 * A try without a reply for so long calls for another; ms. A shorter `read_timeout` shortens it.
 */
const SILENCE_MS = 600;

/** Upstreams remembered, in use or not, before those not in use are forgotten. */
const MAX_REMEMBERED = 256;

/**
 * The upstreams of a plugin by what is configured of them; equal ones are one, also across a
 * reload.
 */
export class Upstreams {
  readonly #context: UpstreamContext;
  readonly #kept: ReadonlyMap<string, Upstream>;
  readonly #byIdentity = new Map<string, Upstream>();

  /** `kept`: what the plugin that was here before the reload handed over. */
  constructor(context: UpstreamContext, kept: unknown) {
    this.#context = context;
    this.#kept = kept instanceof KeptUpstreams ? kept.byIdentity : new Map();
  }

  /** For the plugin that comes after: everything learned, every connection. */
  keep(): KeptUpstreams {
    return new KeptUpstreams(this.#byIdentity);
  }

  at(target: Target, options: ForwardOptions): Upstream {
    const upstreamOptions = upstreamOptionsOf(target, options);
    const identity = JSON.stringify(upstreamOptions);
    const known = this.#byIdentity.get(identity) ?? this.#kept.get(identity);
    const upstream =
      known ??
      new Upstream(
        upstreamOptions,
        this.#context,
        (upstream) => new HealthCheck(upstream, this.#context),
      );
    if (known === undefined) this.#forgetUnused();
    this.#byIdentity.set(identity, upstream);
    return upstream;
  }

  /** A file of upstreams may change for years. */
  #forgetUnused(): void {
    if (this.#byIdentity.size < MAX_REMEMBERED) return;
    for (const [identity, upstream] of this.#byIdentity) {
      if (!upstream.isHeld) this.#byIdentity.delete(identity);
    }
  }
}

/** What one plugin hands to the next at a reload. Each lets go of its own share when it stops. */
export class KeptUpstreams {
  readonly byIdentity: ReadonlyMap<string, Upstream>;

  constructor(byIdentity: ReadonlyMap<string, Upstream>) {
    this.byIdentity = byIdentity;
  }
}

function upstreamOptionsOf(target: Target, options: ForwardOptions): UpstreamOptions {
  const { tls, healthCheck, expireMs, maxAgeMs, maxIdleConnections } = options;
  return {
    address: target.address,
    port: target.port,
    tls: target.isTls ? { ...tls, servername: target.servername ?? tls.servername } : undefined,
    source: options.sourceAddress,
    silenceMs: Math.min(SILENCE_MS, options.readTimeoutMs ?? SILENCE_MS),
    maxFails: options.maxFails,
    check: { ...healthCheck, isTcp: options.forceTcp },
    pool: { expireMs, maxAgeMs, maxIdle: maxIdleConnections },
  };
}
