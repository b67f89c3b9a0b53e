import { type MessagePort, parentPort } from 'node:worker_threads';
import { realDisk } from '../../sources/folder/read/disk.ts';
import { residentMib } from '../../sources/folder/render/child.ts';
import { systemTools } from '../../sources/folder/render/tools.ts';
import { systemClock } from '../../support/clock.ts';
import { takeTask } from '../../support/thread.ts';
import { ControlWorker } from '../control-worker.ts';
import { stateDisk } from '../state/state-disk.ts';
import { collector } from './collector.ts';
import { kernelThread, lowerThreadPriority } from './kernel-thread.ts';
import { LoadingHeap } from './loading-heap.ts';
import { Progress } from './progress.ts';
import type { ControlThreadData, FromControl, ToControl } from './protocol.ts';

// The entry of the control thread: what it is made of is put together here, and nothing else.
const port = parentPort;
if (port !== null) takeTask<ControlThreadData>(port, (task) => begin(port, task));

function begin(port: MessagePort, task: ControlThreadData): void {
  const { settings, progress: shared, isHeapSmall } = task;
  const progress = new Progress(shared);
  progress.thread = kernelThread();
  progress.step();
  const onLarge = () => port.postMessage({ kind: 'large' } satisfies FromControl);
  const heap = isHeapSmall ? new LoadingHeap({ onLarge }) : undefined;
  const worker = new ControlWorker({
    settings,
    post: (message) => {
      if (message.kind === 'change') heap?.done();
      port.postMessage(message);
    },
    step: () => {
      progress.step();
      heap?.step();
    },
    readingAt: (at) => {
      progress.piece = at;
    },
    collector,
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
