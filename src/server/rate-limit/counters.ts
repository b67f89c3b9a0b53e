import type { Counter, Metrics } from '../../observe/metrics.ts';
import type { AccountTable } from './account-table.ts';
import type { ReplyKind } from './reply-class.ts';

/** What `RateLimiter` counts. */
export class RateCounters {
  readonly #metrics: Metrics;
  readonly limited: Readonly<Record<ReplyKind | 'all', Counter>>;
  readonly slipped: Readonly<Record<'truncated' | 'badcookie' | 'bare', Counter>>;
  readonly dropped: Counter;
  readonly exempt: Counter;
  readonly evictions: Counter;

  constructor(metrics: Metrics) {
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
