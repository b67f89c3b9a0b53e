import type { Clock, Timer } from '../../support/clock.ts';

/**
 * What promises have come to, in their order: all of them, or those that have come `graceMs` after
 * the first good one; undefined for the rest. Rejects when one of them does before that.
 */
export function settledSoon<T>(
  promises: readonly Promise<T>[],
  isGood: (value: T) => boolean,
  graceMs: number,
  clock: Clock,
): Promise<(T | undefined)[]> {
  const values: (T | undefined)[] = promises.map(() => undefined);
  let left = promises.length;
  let timer: Timer | undefined;
  return new Promise<(T | undefined)[]>((resolve, reject) => {
    const done = () => resolve([...values]);
    const take = (value: T, at: number) => {
      values[at] = value;
      left--;
      if (left === 0) done();
      else if (isGood(value)) timer ??= clock.setTimeout(done, graceMs);
    };
    for (const [at, promise] of promises.entries()) {
      promise.then((value) => take(value, at)).catch(reject);
    }
  }).finally(() => timer?.cancel());
}
