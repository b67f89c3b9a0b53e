import { LogLimiter } from '../../../observe/log.ts';
import type { Counter } from '../../../observe/metrics.ts';
import type { PluginContext } from '../../plugin.ts';

/** One line each about what lasts, ms. */
const LOG_EVERY_MS = 10_000;

/**
 * Why a socket towards a server failed although nothing is wrong with that server: all our places
 * for sockets are taken; no descriptor in this process (EMFILE) or machine (ENFILE); no buffer or
 * memory in its kernel.
 */
const REASONS = ['EPLACES', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'] as const;

/** All places for sockets towards other servers are taken. */
export class ShortageError extends Error {
  readonly code = 'EPLACES';

  constructor(places: number) {
    super(`all ${places} sockets for asking other servers are in use`);
  }
}

/**
 * Whether a socket failed for want of something here, which says nothing about the server it was
 * for.
 */
export function isShortage(error: NodeJS.ErrnoException): boolean {
  return (REASONS as readonly (string | undefined)[]).includes(error.code);
}

/** Counts what sockets failed for, and logs it now and then. */
export function shortageTeller({
  metrics,
  log,
  clock,
}: Pick<PluginContext, 'metrics' | 'log' | 'clock'>): (error: NodeJS.ErrnoException) => void {
  const counters = new Map<string | undefined, Counter>(
    REASONS.map((reason) => [
      reason,
      metrics.counter('svcdns_forward_socket_shortages_total', { reason }),
    ]),
  );
  const limiter = new LogLimiter(() => clock.now(), LOG_EVERY_MS);
  return (error) => {
    counters.get(error.code)?.add(1);
    limiter.log((leftOut) => log.warn({ error: error.message, leftOut }, NO_SOCKET));
  };
}

const NO_SOCKET =
  'No socket for asking another server: too much is open here. More may be with a higher limit (ulimit -n)';
