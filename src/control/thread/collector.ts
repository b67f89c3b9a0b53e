import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compacting } from '../../support/heap.ts';
import { trimMemory } from '../../support/native-memory.ts';

/** The garbage collector, asked to do at once what V8 would do as a thread allocates. */
export interface Collector {
  /** Collects what has been made lately. */
  collectNew(): void;
  /** Collects everything, and moves what is left together. */
  compact(): void;
  /** Gives back to the system what the C library keeps, of all threads. */
  trim(): void;
}

/** That of this thread. Only a context that is made after the flag is set has `gc`. */
export const collector: Collector = {
  collectNew: () => collect({ type: 'minor' }),
  compact: () => compacting(collect),
  trim: trimMemory,
};

/** V8 of Node.js 20 takes any option for `minor`. */
function collect(...options: readonly { readonly type: 'minor' }[]): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  if (typeof gc === 'function') gc(...options);
}
