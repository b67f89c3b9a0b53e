import type { Worker } from 'node:worker_threads';
import { startThread, type ThreadProgram } from '../../support/thread.ts';
import type { ResolverThreadData } from './protocol.ts';

/** What is used of a worker thread. */
export type ResolverWorkerThread = Pick<Worker, 'postMessage' | 'terminate' | 'on'>;

export type StartResolver = (data: ResolverThreadData) => ResolverWorkerThread;

const PROGRAM: ThreadProgram = { file: 'resolver.cjs', maxNewMib: 6 };

/** Starts a resolver thread beside the first. */
export function startResolverThread(data: ResolverThreadData): Worker {
  return startThread(PROGRAM, data);
}
