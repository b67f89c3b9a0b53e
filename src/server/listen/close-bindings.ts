import type { Clock } from '../../support/clock.ts';
import type { Panics } from '../panics.ts';
import type { Binding } from './binding.ts';

/** How often it is looked whether the last replies have gone. */
const DRAIN_POLL_MS = 20;

/**
 * Closes bound addresses: reads what has arrived before now, takes no more over TCP, waits at most
 * `graceMs` for the replies that are due, and closes the sockets. What goes wrong with one of them
 * goes to `panics`, and the others are closed all the same; never rejects.
 */
export async function closeBindings(
  bindings: readonly Binding[],
  clock: Clock,
  graceMs: number,
  panics: Panics,
): Promise<void> {
  const deadline = clock.now() + graceMs;
  const wait = () => new Promise<void>((resolve) => void clock.setTimeout(resolve, DRAIN_POLL_MS));
  if (bindings.length > 0 && graceMs > 0) await wait(); // it waits in the kernel, to be read
  for (const binding of bindings) await panics.guard(NOT_PAUSED, () => binding.pause());
  while (bindings.some(({ isBusy }) => isBusy) && clock.now() < deadline) await wait();
  for (const binding of bindings) await panics.guard(NOT_CLOSED, () => binding.close());
}

const NOT_PAUSED = 'An address could not be told to take no more queries over TCP';
const NOT_CLOSED = 'An address could not be closed as it should';
