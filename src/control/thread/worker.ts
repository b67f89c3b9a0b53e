import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { realDisk } from '../../sources/folder/read/disk.ts';
import { residentMib } from '../../sources/folder/render/child.ts';
import { systemTools } from '../../sources/folder/render/tools.ts';
import { systemClock } from '../../support/clock.ts';
import { ControlWorker } from '../control-worker.ts';
import { stateDisk } from '../state/state-disk.ts';
import { kernelThread, lowerThreadPriority } from './kernel-thread.ts';
import { Progress } from './progress.ts';
import type { ControlThreadData, ToControl } from './protocol.ts';

// The entry of the control thread: what it is made of is put together here, and nothing else.
const port = parentPort;
if (port !== null) {
  const { settings, progress: shared } = workerData as ControlThreadData;
  const progress = new Progress(shared);
  progress.thread = kernelThread();
  progress.step();
  const worker = new ControlWorker({
    settings,
    post: (message) => port.postMessage(message),
    step: progress.step,
    releaseMemory: collectGarbage,
    clock: systemClock,
    disk: realDisk,
    stateDisk,
    tools: systemTools(process.env, {
      clock: systemClock,
      memoryMib: residentMib,
      onChild: (pid) => {
        progress.child = pid;
      },
    }),
  });
  port.on('message', (message: ToControl) => worker.receive(message));
  lowerThreadPriority();
  worker.start();
}

/**
 * V8 collects garbage as it allocates, and a thread that has read everything allocates no more: it
 * would keep all that reading took. Only a context that is made after the flag is set has `gc`.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect !== 'function') return;
  setFlagsFromString('--compact-on-every-full-gc');
  collect();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
