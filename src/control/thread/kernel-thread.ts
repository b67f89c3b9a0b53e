import { readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * A kernel's clock tick, the unit of CPU time: USER_HZ is 100 on every Linux that Node.js runs on.
 */
const TICK_MS = 10;

/**
 * Where user and system time stand behind the name of the thread, which may hold blanks:
 * proc_pid_stat(5).
 */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** What Linux calls the thread that asks; 0 elsewhere. */
export function kernelThread(): number {
  try {
    return Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** CPU time that a thread of this process has had, ms; undefined when the kernel does not say. */
export function kernelThreadCpuMs(thread: number): number | undefined {
  if (thread === 0) return undefined;
  try {
    const text = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
    const ticks = Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}

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
