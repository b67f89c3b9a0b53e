import type { Logger } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import type { Clock, Timer } from '../../support/clock.ts';

/**
 * Why a query was dropped. `fair_share`: the sockets were full and its client had sent far more
 * than others. In the queue for the plugins: `queue_age`, it waited too long; `queue_full`, newer
 * ones took its place; `in_chain`, too many of its client were being worked on.
 */
export type ShedReason = 'fair_share' | 'queue_age' | 'queue_full' | 'in_chain';

export interface ShedsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const EVERY_MS = 60_000;

/**
 * Counts what is dropped because too much comes, and logs it once a minute while there is any.
 */
export class Sheds {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counters: Readonly<Record<ShedReason, Counter>>;
  #counts = noCounts();
  #since = 0;
  #chainMs = 0;
  #timer: Timer | undefined;

  constructor({ clock, log, metrics }: ShedsOptions) {
    const counter = (reason: ShedReason) =>
      metrics.counter('svcdns_queries_shed_total', { reason });
    this.#clock = clock;
    this.#log = log;
    this.#counters = {
      fair_share: counter('fair_share'),
      queue_age: counter('queue_age'),
      queue_full: counter('queue_full'),
      in_chain: counter('in_chain'),
    };
  }

  add(reason: ShedReason): void {
    this.#counters[reason].add(1);
    this.#counts[reason]++;
    if (this.#timer !== undefined) return;
    this.#since = this.#clock.now();
    this.#chainMs = 0;
    this.#timer = this.#clock.setTimeout(() => this.#report(), EVERY_MS);
  }

  /** The plugins had a turn of so many ms. */
  chainTook(ms: number): void {
    this.#chainMs += ms;
  }

  /** Logs what there is to log, and lets go of its timer. */
  stop(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#report();
  }

  #report(): void {
    const passedMs = Math.max(1, this.#clock.now() - this.#since);
    const chainShare = Math.round((this.#chainMs / passedMs) * 100) / 100;
    const counts = this.#counts;
    this.#timer = undefined;
    this.#counts = noCounts();
    this.#log.warn({ ...counts, seconds: Math.round(passedMs / 1000), chainShare }, TEXT);
  }
}

const TEXT = 'Queries were dropped: more came than could be answered in time';

function noCounts(): Record<ShedReason, number> {
  return { fair_share: 0, queue_age: 0, queue_full: 0, in_chain: 0 };
}
