import type { Clock } from '../../support/clock.ts';

/**
 * What `promise` comes to, or undefined when that takes longer than `ms`. The timer is gone either
 * way.
 */
export function within<Value>(
  clock: Clock,
  ms: number,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(undefined), ms);
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
