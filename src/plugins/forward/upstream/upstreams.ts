import type { ForwardOptions } from '../options/options.ts';
import { HealthCheck } from './health-check.ts';
import type { Target } from './sources.ts';
import { Upstream, type UpstreamContext, type UpstreamOptions } from './upstream.ts';

/** A try without a reply for this long calls for another; ms. A `read_timeout` may shorten it. */
const SILENCE_MS = 600;

/** Upstreams remembered, in use or not, before those not in use are forgotten. */
const MAX_REMEMBERED = 256;

type ByOptions = ReadonlyMap<string, Upstream>;

/** The upstreams of a plugin by their options; equal ones are one, also across a reload. */
export class Upstreams {
  readonly #context: UpstreamContext;
  readonly #kept: ByOptions;
  readonly #byOptions = new Map<string, Upstream>();

  /** `kept`: what the plugin before the reload handed over. */
  constructor(context: UpstreamContext, kept: unknown) {
    this.#context = context;
    this.#kept = kept instanceof Map ? kept : new Map();
  }

  /**
   * For the plugin that comes after a reload: everything learned, every connection. Each plugin
   * releases its own share when it stops.
   */
  keep(): ByOptions {
    return this.#byOptions;
  }

  at(target: Target, options: ForwardOptions): Upstream {
    const upstreamOptions = upstreamOptionsOf(target, options);
    const key = JSON.stringify(upstreamOptions);
    const known = this.#byOptions.get(key) ?? this.#kept.get(key);
    if (known === undefined) this.#forgetUnused();
    const upstream = known ?? this.#create(upstreamOptions);
    this.#byOptions.set(key, upstream);
    return upstream;
  }

  #create(options: UpstreamOptions): Upstream {
    const context = this.#context;
    return new Upstream(options, context, (upstream) => new HealthCheck(upstream, context));
  }

  /** A file of upstreams may change for years. */
  #forgetUnused(): void {
    if (this.#byOptions.size < MAX_REMEMBERED) return;
    for (const [key, upstream] of this.#byOptions) {
      if (!upstream.isHeld) this.#byOptions.delete(key);
    }
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
