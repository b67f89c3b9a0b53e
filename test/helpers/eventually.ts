import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

const INTERVAL_MS = 20;

/**
 * Checks again and again until `check` no longer throws; then its result. At last, throws what it
 * threw.
 */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE_MS, interval: INTERVAL_MS });
}

/** Asks again and again until `condition` is true. What it throws ends the waiting at once. */
export async function eventuallyTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: PATIENCE_MS, interval: INTERVAL_MS });
}
