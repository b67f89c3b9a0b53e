import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Of a kernel's clock tick, in which it tells CPU time: USER_HZ is 100 on every Linux that Node.js
 * runs on.
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

/** CPU time that a thread of this process has had, ms; undefined when the kernel does not tell. */
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
