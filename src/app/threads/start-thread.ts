import type { Worker } from 'node:worker_threads';
import { startThread } from '../../support/thread.ts';
import type { ResolverThreadData } from './protocol.ts';

/** What is used of a worker thread. */
export type ResolverWorkerThread = Pick<Worker, 'postMessage' | 'terminate' | 'on'>;

export type StartResolver = (data: ResolverThreadData) => ResolverWorkerThread;

/** Three times what new objects may take, MiB. */
const MAX_NEW_MIB = 6;

/** Starts a resolver thread beside the first. */
export function startResolverThread(data: ResolverThreadData): Worker {
  return startThread('resolver.cjs', data, MAX_NEW_MIB);
}
