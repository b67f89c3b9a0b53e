import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { inputOf } from '../../sources/standard-input.ts';
import { isHeapSmall, threadLoaded, threadStarted } from '../../support/heap.ts';
import { PACKAGE_ROOT } from '../../support/process.ts';
import type { Progress } from './progress.ts';
import type { ControlSettings, ControlThreadData, FromControl } from './protocol.ts';

/**
 * Memory for the objects of the control thread, MiB. Without a cap a runaway manifest would take
 * the whole process with it; with one it takes only this thread, which is started again.
 */
const MAX_HEAP_MIB = 2048;

/** Three times what new objects may take, MiB. They do in a large load only: see `LoadingHeap`. */
const MAX_NEW_MIB = 48;

/** Node.js 20 runs no TypeScript: from the sources, as tests do, the built thread is started. */
const WORKER_FILE = join(PACKAGE_ROOT, 'dist/worker.cjs');

/** Starts the thread that reads manifests. It counts its steps in `progress`. */
export function startControlThread(settings: ControlSettings, progress: Progress): Worker {
  // It is this thread that has read it, so that the next one can have it too.
  const input = inputOf(settings.source.manifests);
  const workerData: ControlThreadData = {
    settings: { ...settings, input },
    progress: progress.shared,
    isHeapSmall: isHeapSmall(),
  };
  const thread = new Worker(WORKER_FILE, {
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: MAX_HEAP_MIB,
      maxYoungGenerationSizeMb: MAX_NEW_MIB,
    },
  });
  thread.once('online', threadStarted);
  const onMessage = ({ kind }: FromControl) => {
    if (kind !== 'loaded') return;
    thread.off('message', onMessage);
    threadLoaded();
  };
  thread.on('message', onMessage);
  return thread;
}
