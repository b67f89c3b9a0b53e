import type { Clock } from '../../../support/clock.ts';

/** What went wrong with a try: no reply for long, or an error of the network. */
export type Failure = 'silent' | 'network';

/** The weights of RFC 6298, which TCP uses for the same purpose. */
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;

/** A second upstream is asked after this long when little is known of the first; ms. */
const MAX_HEDGE_MS = 300;
/** Even the fastest upstream takes this long for a name that is not in its cache; ms. */
const MIN_HEDGE_MS = 50;

/** How long one failure makes other upstreams the first choice; ms. */
const SUSPECT_MS = 5000;

/**
 * What has been learned of an upstream, and its circuit breaker: after `maxFails` failures in a row
 * it is down, and takes no questions until it has answered a probe, or one of the few questions let
 * through as a trial.
 */
export class Health {
  readonly #clock: Clock;
  readonly #maxFails: number;
  readonly #trialEveryMs: number;
  readonly #listeners = new Set<(isUp: boolean) => void>();
  #meanMs = Number.NaN;
  #deviationMs = 0;
  #failures = 0;
  #lastReplyAt = Number.NEGATIVE_INFINITY;
  #lastTrialAt = Number.NEGATIVE_INFINITY;
  #downAt = Number.NaN;
  #lastFailure: Failure = 'silent';
  #lastFailureAt = Number.NEGATIVE_INFINITY;

  /** `maxFails` 0: never down. */
  constructor(clock: Clock, maxFails: number, trialEveryMs: number) {
    this.#clock = clock;
    this.#maxFails = maxFails;
    this.#trialEveryMs = trialEveryMs;
  }

  get isDown(): boolean {
    return !Number.isNaN(this.#downAt);
  }

  /** How long it has been down; 0 when it is up. */
  get downMs(): number {
    return this.isDown ? this.#clock.now() - this.#downAt : 0;
  }

  /** Failures since the last reply. */
  get failures(): number {
    return this.#failures;
  }

  /** It failed a moment ago: others come first. */
  get isSuspect(): boolean {
    return this.#failures > 0 && this.#clock.now() - this.#lastFailureAt < SUSPECT_MS;
  }

  get lastFailure(): Failure {
    return this.#lastFailure;
  }

  /** Mean time to a reply; Infinity when there was none. */
  get latencyMs(): number {
    return Number.isNaN(this.#meanMs) ? Number.POSITIVE_INFINITY : this.#meanMs;
  }

  /** By then about 95 of 100 replies have come, and another upstream is worth asking; ms. */
  get hedgeMs(): number {
    if (Number.isNaN(this.#meanMs)) return MAX_HEDGE_MS;
    const p95 = this.#meanMs + 2 * this.#deviationMs;
    return Math.min(MAX_HEDGE_MS, Math.max(MIN_HEDGE_MS, p95));
  }

  /** Whether a question may be sent to it although it is down (half-open): one now and then. */
  takeTrial(): boolean {
    const now = this.#clock.now();
    if (now - this.#lastTrialAt < this.#trialEveryMs) return false;
    this.#lastTrialAt = now;
    return true;
  }

  /** A reply came, any reply, `ms` after its query. */
  replied(ms: number): void {
    this.#lastReplyAt = this.#clock.now();
    this.#failures = 0;
    if (Number.isNaN(this.#meanMs)) {
      this.#meanMs = ms;
      this.#deviationMs = ms / 2;
    } else {
      const error = ms - this.#meanMs;
      this.#deviationMs += DEVIATION_WEIGHT * (Math.abs(error) - this.#deviationMs);
      this.#meanMs += MEAN_WEIGHT * error;
    }
    if (!this.isDown) return;
    this.#downAt = Number.NaN;
    this.#notify(true);
  }

  /**
   * A try begun at `sentAt` failed. This does not count when the server has answered others since:
   * then it is only slow with this question.
   */
  failed(failure: Failure, sentAt: number): void {
    if (this.#lastReplyAt > sentAt) return;
    this.#failures++;
    this.#lastFailure = failure;
    this.#lastFailureAt = this.#clock.now();
    if (this.#maxFails === 0 || this.#failures < this.#maxFails || this.isDown) return;
    this.#downAt = this.#clock.now();
    this.#lastTrialAt = this.#downAt;
    this.#notify(false);
  }

  /** Called when it goes down and comes up, until the function returned is called. */
  onChange(listener: (isUp: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #notify(isUp: boolean): void {
    for (const listener of [...this.#listeners]) listener(isUp);
  }
}
