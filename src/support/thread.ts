import { join } from 'node:path';
import { type MessagePort, Worker, workerData } from 'node:worker_threads';
import { processHeap } from './heap.ts';
import { PACKAGE_ROOT } from './process.ts';

/**
 * Memory for the objects of a thread, MiB. Without a cap one that runs away would take the whole
 * process with it; with one it ends alone, and is started again.
 */
const MAX_HEAP_MIB = 2048;

/** What a thread beside the first runs, and how much memory its new objects may take. */
export interface ThreadProgram {
  /** In `dist`: Node.js 20 runs no TypeScript, and from the sources, as in tests, this one runs. */
  readonly file: string;
  /** New objects may take a third of it. */
  readonly maxNewMib: number;
}

/** Threads that have been started without a task. */
const waiting = new Map<ThreadProgram, Worker>();

/**
 * Has a thread load its program while it is not known yet what it is to do: `startThread` gives it
 * its task. Until then it keeps no process alive, and where it ends nothing is lost but the head
 * start.
 */
export function prepareThread(program: ThreadProgram): Worker {
  const thread = newThread(program, null);
  const forget = () => {
    if (waiting.get(program) === thread) waiting.delete(program);
  };
  thread.once('error', forget).once('exit', forget);
  thread.unref();
  waiting.set(program, thread);
  return thread;
}

/** Ends those that nobody had a task for. */
export function endPreparedThreads(): void {
  for (const thread of waiting.values()) void thread.terminate();
}

/** Starts a thread with its task, which `takeTask` hands over there. */
export function startThread(program: ThreadProgram, task: unknown): Worker {
  const prepared = waiting.get(program);
  if (prepared === undefined) return newThread(program, task);
  waiting.delete(program);
  prepared.ref();
  prepared.postMessage(task);
  return prepared;
}

/** In a thread: calls `begin` with the task that it was started with, or when that comes. */
export function takeTask<Task>(port: MessagePort, begin: (task: Task) => void): void {
  if (workerData === null) port.once('message', begin);
  else begin(workerData as Task);
}

function newThread({ file, maxNewMib }: ThreadProgram, task: unknown): Worker {
  const thread = new Worker(join(PACKAGE_ROOT, 'dist', file), {
    workerData: task,
    resourceLimits: {
      maxOldGenerationSizeMb: MAX_HEAP_MIB,
      maxYoungGenerationSizeMb: maxNewMib,
    },
  });
  // Its first message says that it has loaded. One that had nothing to do never sends any.
  const loaded = () => processHeap.threadLoaded();
  thread.once('message', loaded).once('exit', loaded);
  return thread;
}
