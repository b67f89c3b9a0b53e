import type { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { inputOf } from '../../sources/standard-input.ts';
import { type HeapGrowth, processHeap } from '../../support/heap.ts';
import { startThread } from '../../support/thread.ts';
import { CONTROL_PROGRAM } from './control-program.ts';
import type { Progress } from './progress.ts';
import type { ControlSettings, ControlThreadData, FromControl } from './protocol.ts';

/** Starts the thread that reads manifests. It counts its steps in `progress`. */
export function startControlThread(settings: ControlSettings, progress: Progress): Worker {
  // It is this thread that has read it, so that the next one can have it too.
  const input = inputOf(settings.source.manifests);
  const task: ControlThreadData = {
    settings: { ...settings, input },
    progress: progress.shared,
    isHeapSmall: processHeap.isSmall,
  };
  const thread = startThread(CONTROL_PROGRAM, task);
  watchReading(thread, processHeap);
  return thread;
}

/** Tells the heap how far the thread is with what there is at the start. */
export function watchReading(
  thread: Pick<EventEmitter, 'on' | 'once' | 'off'>,
  heap: HeapGrowth,
): void {
  const hasRead = heap.readingStarted();
  const onMessage = ({ kind }: FromControl) => {
    if (kind === 'large') heap.muchIsRead();
    // Before anybody else has the names: this listener is the first one.
    if (kind === 'change') heap.answering();
    if (kind !== 'loaded') return;
    thread.off('message', onMessage);
    hasRead();
  };
  thread.on('message', onMessage);
  thread.once('exit', () => {
    hasRead();
    heap.threadEnded();
  });
}
