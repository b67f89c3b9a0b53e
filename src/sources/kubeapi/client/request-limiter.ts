import type { Clock } from '../../../support/clock.ts';

/** client-go's defaults, which CoreDNS has when a block names none. */
const DEFAULT_QPS = 5;
const DEFAULT_BURST = 10;

export interface RequestLimits {
  /** Requests a second, and at once after a pause; undefined or 0 for client-go's defaults. */
  readonly qps: number | undefined;
  readonly burst: number | undefined;
  /** Requests that wait for the head of their reply, at most; 0 for no limit. */
  readonly maxInFlight: number;
}

/** Lets requests go one by one: `apiserver_qps`, `apiserver_burst` and `apiserver_max_inflight`. */
export class RequestLimiter {
  readonly #clock: Clock;
  readonly #qps: number;
  readonly #burst: number;
  readonly #maxInFlight: number;
  #tokens: number;
  #countedAt: number;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({ qps, burst, maxInFlight }: RequestLimits, clock: Clock) {
    this.#clock = clock;
    this.#qps = qps || DEFAULT_QPS;
    this.#burst = burst || DEFAULT_BURST;
    this.#maxInFlight = maxInFlight || Number.POSITIVE_INFINITY;
    this.#tokens = this.#burst;
    this.#countedAt = clock.now();
  }

  /**
   * Resolves when a request may go; what it gives is called when its reply has begun or failed.
   * What is free has been paid for.
   */
  async enter(isFree = false): Promise<() => void> {
    const wait = isFree ? 0 : this.#take();
    if (wait > 0) await new Promise<void>((go) => this.#clock.setTimeout(go, wait));
    if (this.#inFlight >= this.#maxInFlight) {
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#inFlight++;
    return () => this.#leave();
  }

  /** Takes a token, if need be one of later; returns how long to wait for it, ms. */
  #take(): number {
    const now = this.#clock.now();
    const gained = ((now - this.#countedAt) / 1000) * this.#qps;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained) - 1;
    this.#countedAt = now;
    return Math.max(0, (-this.#tokens / this.#qps) * 1000);
  }

  /** The place goes to the next that waits, if any. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inFlight--;
    else next();
  }
}
