import { setImmediate } from 'node:timers/promises';

/** Resolves when what the sockets are about to do has been done; the test's own timeout ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}

/** Lets every socket that has something to do, do it, some times over. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await setImmediate();
}
