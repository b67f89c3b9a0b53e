import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadStarted } from '../../support/heap.ts';
import { PACKAGE_ROOT } from '../../support/process.ts';
import type { ResolverThreadData } from './protocol.ts';

/** What is used of a worker thread. */
export type ResolverWorkerThread = Pick<Worker, 'postMessage' | 'terminate' | 'on'>;

export type StartResolver = (data: ResolverThreadData) => ResolverWorkerThread;

/** Memory for what a resolver thread holds, MiB: one that runs away ends alone. */
const MAX_HEAP_MIB = 2048;

/** Three times what new objects may take, MiB, as in the control thread. */
const MAX_NEW_MIB = 6;

/** Node.js 20 runs no TypeScript: from the sources, as tests do, the built thread is started. */
const WORKER_FILE = join(PACKAGE_ROOT, 'dist/resolver.cjs');

/** Starts a resolver thread beside the first. */
export function startResolverThread(workerData: ResolverThreadData): Worker {
  const thread = new Worker(WORKER_FILE, {
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: MAX_HEAP_MIB,
      maxYoungGenerationSizeMb: MAX_NEW_MIB,
    },
  });
  thread.once('online', threadStarted);
  return thread;
}
