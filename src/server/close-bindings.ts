import type { Clock } from '../support/clock.ts';
import type { Binding } from './binding.ts';

/** How often it is looked whether the last replies have gone. */
const DRAIN_POLL_MS = 20;

/**
 * Closes bound addresses: reads what has arrived before now, takes no more over TCP, waits at most `graceMs` for
 * the replies that are due, and closes the sockets.
 */
export async function closeBindings(
  bindings: readonly Binding[],
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const deadline = clock.now() + graceMs;
  const wait = () => new Promise<void>((resolve) => void clock.setTimeout(resolve, DRAIN_POLL_MS));
  if (bindings.length > 0 && graceMs > 0) await wait(); // it waits in the kernel, to be read
  for (const binding of bindings) binding.pause();
  while (bindings.some(({ isBusy }) => isBusy) && clock.now() < deadline) await wait();
  for (const binding of bindings) await binding.close();
}
