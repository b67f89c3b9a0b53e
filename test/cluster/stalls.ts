import { readdirSync, readFileSync } from 'node:fs';

/** A timer of ours is late when it comes after this, ms. */
const INTERVAL_MS = 10;

/**
 * How long things had to wait for the machine: what a program does "within a second" takes that
 * much longer. Counted are the time that the threads of some programs stood ready and got no CPU,
 * and the time by which our own timer was late, as it is when the whole machine stands still.
 */
export class Stalls {
  readonly #pids: readonly number[];
  readonly #timer: NodeJS.Timeout;
  #late = 0;
  #tickedAt = performance.now();

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS);
  }

  /** So far, ms. Only differences say something. */
  get totalMs(): number {
    this.#tick();
    return this.#late + this.#pids.reduce((sum, pid) => sum + waitedMs(pid), 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#late += Math.max(0, now - this.#tickedAt - INTERVAL_MS);
    this.#tickedAt = now;
  }
}

/**
 * For how long the threads of a process have been ready and not running, ms
 * (Documentation/scheduler/sched-stats.rst: the second field, ns).
 */
function waitedMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const waited = readdirSync(folder).map((thread) => {
    try {
      return Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
    } catch {
      return 0; // the thread has ended
    }
  });
  return waited.reduce((sum, ms) => sum + ms, 0);
}
