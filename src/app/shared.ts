import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clock } from '../support/clock.ts';

/** What every part of a server is given. */
export interface Shared {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}
