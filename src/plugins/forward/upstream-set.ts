import type { Logger } from '../../observe/log.ts';
import type { Clock } from '../../support/clock.ts';
import type { RequestClient } from '../plugin.ts';
import { isOwnAddress } from './own-address.ts';
import type { Upstream } from './upstream.ts';
import type { Target, UpstreamSource } from './upstream-source.ts';

/** How long it may take to notice that we listen on an upstream's address now; ms. */
const OWN_CHECK_MS = 5000;

/** The upstreams of one `forward` line, as its sources name them at the moment, without ourselves. */
export class UpstreamSet {
  readonly #sources: readonly UpstreamSource[];
  readonly #upstreamAt: (target: Target) => Upstream;
  readonly #listening: () => readonly RequestClient[];
  readonly #local: () => readonly string[];
  readonly #clock: Clock;
  readonly #log: Logger;
  /** All of them, with what ends listening to their health. */
  readonly #held = new Map<Upstream, () => void>();
  readonly #ownKnown = new Set<string>();
  #others: readonly Upstream[] = [];
  #checkedAt = Number.NEGATIVE_INFINITY;
  #isStarted = false;
  /** Called when one that was down is up. */
  onUp: () => void = () => {};

  constructor(
    sources: readonly UpstreamSource[],
    upstreamAt: (target: Target) => Upstream,
    listening: () => readonly RequestClient[],
    local: () => readonly string[],
    clock: Clock,
    log: Logger,
  ) {
    this.#sources = sources;
    this.#upstreamAt = upstreamAt;
    this.#listening = listening;
    this.#local = local;
    this.#clock = clock;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#isStarted = true;
    this.#update();
    await Promise.all(this.#sources.map((source) => source.start(() => this.#update())));
  }

  /** Questions under way, and late ones, still find those there were. */
  stop(): void {
    this.#others = this.current();
    this.#isStarted = false;
    for (const source of this.#sources) source.stop();
    for (const [upstream, stopListening] of this.#held) {
      stopListening();
      upstream.release();
    }
    this.#held.clear();
  }

  /** Those to ask. */
  current(): readonly Upstream[] {
    const now = this.#clock.now();
    if (this.#isStarted && now - this.#checkedAt >= OWN_CHECK_MS) {
      this.#checkedAt = now;
      this.#others = this.#withoutOwn();
    }
    return this.#others;
  }

  /** All of them, those that are ourselves too. */
  get all(): readonly Upstream[] {
    return [...this.#held.keys()];
  }

  #update(): void {
    if (!this.#isStarted) return;
    const targets = this.#sources.flatMap((source) => source.targets);
    const wanted = new Set(targets.map((target) => this.#upstreamAt(target)));
    for (const upstream of wanted) {
      if (this.#held.has(upstream)) continue;
      upstream.retain();
      const stopListening = upstream.health.onChange((isUp) => {
        if (isUp) this.onUp();
      });
      this.#held.set(upstream, stopListening);
    }
    for (const [upstream, stopListening] of [...this.#held]) {
      if (wanted.has(upstream)) continue;
      stopListening();
      this.#held.delete(upstream);
      upstream.release();
    }
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    this.#order(wanted);
  }

  /** Keeps `held` in the order of the Corefile, which the policy `sequential` goes by. */
  #order(wanted: ReadonlySet<Upstream>): void {
    for (const upstream of wanted) {
      const stopListening = this.#held.get(upstream);
      if (stopListening === undefined) continue;
      this.#held.delete(upstream);
      this.#held.set(upstream, stopListening);
    }
  }

  #withoutOwn(): Upstream[] {
    const listening = this.#listening();
    return this.all.filter(({ options, label }) => {
      if (!isOwnAddress(options, listening, this.#local)) return true;
      if (!this.#ownKnown.has(label)) {
        this.#ownKnown.add(label);
        this.#log.warn({ upstream: label }, 'upstream is this server itself: it is not asked');
      }
      return false;
    });
  }
}
