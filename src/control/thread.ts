import { Worker } from 'node:worker_threads';
import type { ZoneOptions } from '../zone/options.ts';
import type { ControlSettings, ZoneSettings } from './protocol.ts';

/**
 * Memory for the objects of the control thread, MiB. Without a cap a runaway manifest would take
 * the whole process with it; with one it takes only this thread, which is started again.
 */
const MAX_HEAP_MIB = 2048;

/** Starts the thread that reads manifests. */
export function startControlThread(settings: ControlSettings): Worker {
  return new Worker(workerFile(), {
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
}

/** The options in a form that can be sent to a thread. */
export function zoneSettings(options: ZoneOptions): ZoneSettings {
  return {
    ...options,
    labels: options.labels.text,
    namespaceLabels: options.namespaceLabels.text,
  };
}

/** Node 20 runs no TypeScript: from the sources, as tests do, the built thread is started. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? '../../dist/control/worker.js' : './worker.js', import.meta.url);
}
