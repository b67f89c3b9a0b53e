import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { processHeap } from './heap.ts';
import { PACKAGE_ROOT } from './process.ts';

/**
 * Memory for the objects of a thread, MiB. Without a cap one that runs away would take the whole
 * process with it; with one it ends alone, and is started again.
 */
const MAX_HEAP_MIB = 2048;

/**
 * Starts a thread from a file of `dist`, whose new objects may take a third of `maxNewMib`. Node.js
 * 20 runs no TypeScript: from the sources, as tests do, the built thread is started.
 */
export function startThread(file: string, workerData: unknown, maxNewMib: number): Worker {
  const thread = new Worker(join(PACKAGE_ROOT, 'dist', file), {
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: MAX_HEAP_MIB,
      maxYoungGenerationSizeMb: maxNewMib,
    },
  });
  thread.once('online', () => processHeap.threadStarted());
  return thread;
}
