import type { Logger } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import { RATELIMIT_METRICS } from '../../plugins/ratelimit/setup.ts';
import type { AccountTable } from './account-table.ts';
import type { ReplyKind } from './reply-class.ts';

/** What `RateLimiter` counts. */
export class RateCounters {
  readonly #metrics: Metrics<typeof RATELIMIT_METRICS>;
  readonly limited: Readonly<Record<ReplyKind | 'all', Counter>>;
  readonly slipped: Readonly<Record<'truncated' | 'badcookie' | 'bare', Counter>>;
  readonly dropped: Counter;
  readonly exempt: Counter;
  readonly evictions: Counter;

  constructor(all: Metrics) {
    const metrics = all.of(RATELIMIT_METRICS);
    this.#metrics = metrics;
    const limited = (limit: ReplyKind | 'all') =>
      metrics.counter('svcdns_ratelimit_limited_total', { limit });
    const slipped = (as: string) => metrics.counter('svcdns_ratelimit_slipped_total', { as });
    this.limited = {
      responses: limited('responses'),
      nodata: limited('nodata'),
      nxdomains: limited('nxdomains'),
      errors: limited('errors'),
      all: limited('all'),
    };
    this.slipped = {
      truncated: slipped('truncated'),
      badcookie: slipped('badcookie'),
      bare: slipped('bare'),
    };
    this.dropped = metrics.counter('svcdns_ratelimit_dropped_total');
    this.exempt = metrics.counter('svcdns_ratelimit_exempt_total');
    this.evictions = metrics.counter('svcdns_ratelimit_evictions_total');
  }

  /** Shows the size of a server's table from now on. */
  watch(table: AccountTable, server: string): void {
    this.#metrics.read('svcdns_ratelimit_accounts', () => table.entries, { server });
  }
}

/** A network is in the log once in this time, ms. */
export const REPORT_EVERY_MS = 60_000;

/** Lines a minute, for all networks: a flood of forged addresses has thousands. */
const MAX_LINES = 10;

/** Logs networks whose replies are limited: a few lines a minute, whatever happens. */
export class LimitLog {
  readonly #log: Logger;
  #startedAt = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `now` in milliseconds. `facts` is asked only for a line that is written. */
  report(now: number, facts: () => Readonly<Record<string, string>>): void {
    if (now - this.#startedAt >= REPORT_EVERY_MS) {
      this.#startedAt = now;
      this.#lines = 0;
    }
    if (this.#lines >= MAX_LINES) {
      this.#leftOut++;
      return;
    }
    this.#lines++;
    this.#log.warn({ ...facts(), leftOut: this.#leftOut }, 'Replies to a network are limited');
    this.#leftOut = 0;
  }
}
