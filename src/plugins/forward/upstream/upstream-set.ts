import type { SocketAddress } from '../../../dns/query.ts';
import type { Origin } from '../../../kube/objects.ts';
import type { Logger } from '../../../observe/log.ts';
import type { Gauge } from '../../../observe/metrics.ts';
import type { Clock, Timer } from '../../../support/clock.ts';
import type { UpstreamHandle } from '../../upstream-handle.ts';
import type { ForwardOptions } from '../options/options.ts';
import { isOwnAddress } from './own-address.ts';
import { plainQuery } from './query.ts';
import type { Target, UpstreamSource } from './sources.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';
import { UpstreamTry } from './upstream-try.ts';

/** How often to check whether we listen on an upstream's address; ms. */
const OWN_CHECK_MS = 2000;

/** What a set uses of the plugin and the server. */
export interface UpstreamSetContext {
  /** Of the `forward` line. */
  readonly line: Origin;
  readonly upstreamAt: (target: Target) => Upstream;
  /** Addresses and ports we listen on. */
  readonly listening: () => readonly SocketAddress[];
  /** The addresses of this machine. */
  readonly local: () => readonly string[];
  /** Upstreams that are not asked because they lead back here. `loop` adds to it too. */
  readonly loops: Gauge;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Held {
  /** Where it was named first. */
  readonly origin: string;
  readonly stopListening: () => void;
}

/** The upstreams of one `forward` line, as its sources name them, but none that lead here. */
export class UpstreamSet {
  readonly #sources: readonly UpstreamSource[];
  readonly #context: UpstreamSetContext;
  /** All of them, in the order of the Corefile, which the policy `sequential` goes by. */
  #held = new Map<Upstream, Held>();
  /** Those that are this server itself. */
  #own: ReadonlySet<Upstream> = new Set();
  /** Those that send back what they are asked. */
  readonly #cut = new Set<Upstream>();
  #usable: readonly Upstream[] = [];
  #timer: Timer | undefined;
  #isStarted = false;
  /** Called when one that was down is up again. */
  onUp: () => void = () => {};

  constructor(sources: readonly UpstreamSource[], context: UpstreamSetContext) {
    this.#sources = sources;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#isStarted = true;
    this.#update();
    this.#schedule();
    await Promise.all(this.#sources.map((source) => source.start(() => this.#update())));
  }

  /** `current` stays as it is, for questions under way. */
  stop(): void {
    this.#isStarted = false;
    this.#timer?.cancel();
    for (const source of this.#sources) source.stop();
    for (const [upstream, { stopListening }] of this.#held) {
      stopListening();
      upstream.release();
    }
    this.#held.clear();
    this.#cut.clear();
    this.#context.loops.add(-this.#own.size);
    this.#own = new Set();
  }

  /** Those to ask. */
  current(): readonly Upstream[] {
    return this.#usable;
  }

  /** Why there is none to ask; undefined when there is. */
  get whyNone(): string | undefined {
    if (this.#usable.length > 0) return undefined;
    if (this.#cut.size > 0) return 'forwarding loop: the upstream sends back what it is asked';
    if (this.#own.size > 0) return 'no upstream: the one there is, is this server itself';
    return 'no upstream to forward to';
  }

  /** The line, when the only upstreams that it has are this server itself. */
  get leadingBack(): Origin | undefined {
    const isOwnOnly = this.#own.size > 0 && this.#own.size === this.#held.size;
    return isOwnOnly ? this.#context.line : undefined;
  }

  /** All of them but this server itself, including those that are cut. */
  handles({ from, forceTcp }: ForwardOptions, context: UpstreamContext): readonly UpstreamHandle[] {
    const others = [...this.#held].filter(([upstream]) => !this.#own.has(upstream));
    return others.map(([upstream, { origin }]) => ({
      id: `${from} ${upstream.label}`,
      label: upstream.label,
      origin,
      zone: from,
      ask: (key, type, ended) => {
        const query = plainQuery(key, type, true);
        const events = { answered: () => ended(), failed: () => ended(), silent: () => {} };
        const asking = new UpstreamTry(upstream, context, query, forceTcp, events);
        asking.start();
        return () => asking.cancel();
      },
      cut: (isCut) => this.#setCut(upstream, isCut),
    }));
  }

  #setCut(upstream: Upstream, isCut: boolean): void {
    if (isCut && this.#held.has(upstream)) this.#cut.add(upstream);
    else this.#cut.delete(upstream);
    this.#choose();
  }

  #update(): void {
    if (!this.#isStarted) return;
    const before = this.#held;
    this.#held = new Map();
    for (const target of this.#sources.flatMap((source) => source.targets)) {
      const upstream = this.#context.upstreamAt(target);
      if (this.#held.has(upstream)) continue;
      const known = before.get(upstream);
      const stopListening = known?.stopListening ?? this.#hold(upstream);
      this.#held.set(upstream, { origin: target.origin, stopListening });
      before.delete(upstream);
    }
    for (const [upstream, { stopListening }] of before) {
      stopListening();
      this.#cut.delete(upstream);
      upstream.release();
    }
    this.#checkOwn();
  }

  #hold(upstream: Upstream): () => void {
    upstream.retain();
    return upstream.health.onChange((isUp) => {
      if (isUp) this.onUp();
    });
  }

  #schedule(): void {
    this.#timer = this.#context.clock.setTimeout(() => {
      this.#checkOwn();
      this.#schedule();
    }, OWN_CHECK_MS);
  }

  #checkOwn(): void {
    const { listening, local, loops, log } = this.#context;
    const addresses = listening();
    const own = new Set<Upstream>();
    for (const [upstream, { origin }] of this.#held) {
      if (!isOwnAddress(upstream.options, addresses, local)) continue;
      own.add(upstream);
      if (this.#own.has(upstream)) continue;
      log.warn(
        { upstream: upstream.label, origin },
        `${origin}: the upstream ${upstream.label} is this server itself: it is not asked`,
      );
    }
    loops.add(own.size - this.#own.size);
    this.#own = own;
    this.#choose();
  }

  #choose(): void {
    const isUsable = (upstream: Upstream) => !this.#own.has(upstream) && !this.#cut.has(upstream);
    this.#usable = [...this.#held.keys()].filter(isUsable);
  }
}
