import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The garbage collector, asked to do at once what V8 would do as a thread allocates. */
export interface Collector {
  /** Collects what has been made lately. */
  collectNew(): void;
  /** Collects everything, and moves what is left together. */
  compact(): void;
}

/** That of this thread. Only a context that is made after the flag is set has `gc`. */
export const collector: Collector = {
  collectNew: () => collect({ type: 'minor' }),
  compact: () => {
    setFlagsFromString('--compact-on-every-full-gc');
    collect();
    setFlagsFromString('--no-compact-on-every-full-gc');
  },
};

/** V8 of Node.js 20 takes any option for `minor`. */
function collect(...options: readonly { readonly type: 'minor' }[]): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  if (typeof gc === 'function') gc(...options);
}
