import { setPriority } from 'node:os';
import { kernelThread } from './kernel-thread.ts';

/**
 * A third of an ordinary thread's share when cores are short, and all of an idle core. Much lower,
 * and a busy machine would keep a change of manifests from being seen: at 19, the lowest, for
 * seconds.
 */
const NICE = 5;

/**
 * Lets the resolver's thread go first, so that on a machine with few cores reading a large manifest
 * does not keep queries waiting. On Linux a priority belongs to a thread; elsewhere nothing
 * happens.
 */
export function lowerThreadPriority(): void {
  try {
    const thread = kernelThread();
    if (thread !== 0) setPriority(thread, NICE);
  } catch {
    // Not allowed: it works without.
  }
}
