import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets every other thread of the machine go first, so that on a machine with few cores reading a large manifest does
 * not keep the resolver's thread from running. On Linux a priority belongs to a thread, and
 * `/proc/thread-self` says which one this is; elsewhere nothing happens.
 */
export function lowerThreadPriority(): void {
  try {
    const thread = Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1]);
    if (Number.isInteger(thread)) setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // No /proc, or not allowed: it works without.
  }
}
