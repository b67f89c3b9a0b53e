import http from 'node:http';
import { reachableAddress } from '../dns/address.ts';
import type { SocketAddress } from '../dns/query.ts';
import { type Logger, LogLimiter } from '../observe/log.ts';
import type { Counter, Histogram, Metrics } from '../observe/metrics.ts';
import { HEALTH_METRICS } from '../plugins/health/setup.ts';
import type { Clock, Timer } from '../support/clock.ts';

/** Time from one request to the next, and the longest time of one; ms, as in CoreDNS's `health`. */
const EVERY_MS = 1000;
const TIMEOUT_MS = 3000;

/** How often a lasting failure is logged; ms. */
const LOG_MS = 60_000;

/** Asks for `/health` once: resolves when 200 has come, rejects when it has not. */
export type AskHealth = (at: SocketAddress, timeoutMs: number) => Promise<void>;

/**
 * Requests our own `/health` every second and measures the time, as CoreDNS's `health` does. The
 * answer waits for its turn among the queries, so it grows when the server does not keep up.
 */
export class HealthPoll {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ask: AskHealth;
  readonly #limiter: LogLimiter;
  readonly #duration: Histogram;
  readonly #failures: Counter;
  #timer: Timer | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly ask?: AskHealth;
  }) {
    const { clock, log } = options;
    const metrics = options.metrics.of(HEALTH_METRICS);
    this.#clock = clock;
    this.#log = log;
    this.#ask = options.ask ?? askHealth;
    this.#limiter = new LogLimiter(() => clock.now(), LOG_MS);
    this.#duration = metrics.histogram('coredns_health_request_duration_seconds');
    this.#failures = metrics.counter('coredns_health_request_failures_total');
  }

  /** Polls this address from now on instead of the one before; undefined stops polling. */
  at(address: SocketAddress | undefined): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (address === undefined) return;
    const timer = this.#clock.setTimeout(() => {
      void this.#poll(address).then(() => {
        if (this.#timer === timer) this.at(address);
      });
    }, EVERY_MS);
    this.#timer = timer;
  }

  async #poll(at: SocketAddress): Promise<void> {
    const timer = this.#timer;
    const began = this.#clock.now();
    const failure = await this.#ask(at, TIMEOUT_MS).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Another address is polled by now: the server was closed during the request.
    if (this.#timer !== timer) return;
    this.#duration.observe((this.#clock.now() - began) / 1000);
    if (failure === undefined) return;
    this.#failures.add(1);
    this.#limiter.log((leftOut) =>
      this.#log.warn({ err: failure, leftOut }, 'Our own request to /health failed'),
    );
  }
}

/** A request of its own connection each time: that a new one is taken is part of being healthy. */
export function askHealth({ address, port }: SocketAddress, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const request = http.get({
      host: reachableAddress(address),
      port,
      path: '/health',
      agent: false,
      signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`/health said ${response.statusCode}, expected 200`));
      });
      response.resume();
    });
  });
}
