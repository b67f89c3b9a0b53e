/** Set by vitest.soak.config.ts: how much a law is tried. */
const TRIES_ALL = process.env['TEST_RUNS'] === 'all';

/** So few even where a tenth is fewer. */
const LEAST = 25;

/**
 * How often a law is tried: all the times in `npm run test:soak`, a tenth of them in `npm test`. The soak tests
 * run every test file that imports this.
 */
export function runs(all: number): number {
  return TRIES_ALL ? all : Math.max(Math.min(all, LEAST), Math.ceil(all / 10));
}
