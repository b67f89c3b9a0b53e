import { test } from 'vitest';

/** Set by vitest.soak.config.ts: how much is tried. */
export const TRIES_ALL = process.env['TEST_RUNS'] === 'all';

/** A law is tried so often even where a twentieth is fewer. */
const LEAST = 10;

/**
 * How often a law is tried: all the times in `npm run test:soak`, a twentieth of them in
 * `npm test`. The soak tests run every test file that imports from here.
 */
export function runs(all: number): number {
  return rounds(Math.max(Math.min(all, LEAST), Math.ceil(all / 20)), all);
}

/** How often something long is done: `few` times in `npm test`, `all` in `npm run test:soak`. */
export function rounds(few: number, all: number): number {
  return TRIES_ALL ? all : few;
}

/**
 * A test that costs seconds of CPU, beside cheaper ones about the same thing: in
 * `npm run test:soak` only.
 */
export const soakTest = test.runIf(TRIES_ALL);
