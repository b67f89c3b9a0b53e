import { GRACE_MS } from '../server/limits.ts';
import { Panics } from '../server/panics.ts';
import type { Serving } from './serving.ts';

/**
 * Ends a server in good order. It is not ready from now on, so that no more is sent to us; it goes
 * on answering for as long as `lameduck` says, then sends the replies that are due, and lets go of
 * everything. `reloading` is what may still be under way. A part that cannot be closed as it should
 * does not keep the others from it: it is logged, and this never rejects.
 */
export async function close(serving: Serving, reloading: Promise<unknown>): Promise<void> {
  const { shared, sockets, admins, threads, closing } = serving;
  closing.abort();
  const { lameduckMs } = serving.current;
  if (lameduckMs > 0) {
    shared.log.info({ lameduckMs }, 'Not ready any more, and still answering');
    await new Promise<void>((done) => shared.clock.setTimeout(done, lameduckMs));
  }
  const panics = new Panics(shared.log, shared.metrics, () => shared.clock.now());
  await panics.guard('A reload was not over as it should', () => reloading.then(() => {}));
  const others = panics.guard('Threads did not stop', () => threads.stop(GRACE_MS));
  await panics.guard('Sockets did not stop', () => sockets.stop({ graceMs: GRACE_MS }));
  await others;
  await panics.guard('Plugins and names did not stop', () => serving.current.stop());
  await panics.guard('The admin server did not stop', () => admins.stop());
  shared.sheds.stop();
}
