import { parentPort, workerData } from 'node:worker_threads';
import { kernelThread } from '../../control/thread/kernel-thread.ts';
import { Progress } from '../../control/thread/progress.ts';
import { udpTransport } from '../../server/udp/transport.ts';
import { systemClock } from '../../support/clock.ts';
import type { ResolverThreadData, ToResolver } from './protocol.ts';
import { ResolverWorker } from './resolver-worker.ts';

// The entry of a resolver thread beside the first: what it is made of is put together here.
const port = parentPort;
if (port !== null) {
  const { progress: shared, ...data } = workerData as ResolverThreadData;
  const progress = new Progress(shared);
  progress.thread = kernelThread();
  const { datagramsBeside, fullTurn, openDatagram } = udpTransport('native');
  if (datagramsBeside === undefined) throw new Error('The native transport cannot be loaded');
  const worker = new ResolverWorker({
    data,
    progress,
    post: (message) => port.postMessage(message),
    clock: systemClock,
    transport: { datagramsBeside, fullTurn, ...(openDatagram && { openDatagram }) },
  });
  process.on('uncaughtException', (error) => worker.uncaught(error));
  port.on('message', (message: ToResolver) => worker.receive(message));
}
