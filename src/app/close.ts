import { GRACE_MS, type Serving } from './serving.ts';

/**
 * Ends a server in good order. It is not ready from now on, so that nobody sends us more; it goes on
 * answering for as long as `lameduck` says, then sends the replies that are due, and lets go of
 * everything. `reloading` is what may still be under way.
 */
export async function close(serving: Serving, reloading: Promise<unknown>): Promise<void> {
  const { shared, sockets, admins, closing } = serving;
  closing.abort();
  const { lameduckMs } = serving.current;
  if (lameduckMs > 0) {
    shared.log.info({ lameduckMs }, 'Not ready any more, and still answering');
    await new Promise<void>((done) => shared.clock.setTimeout(done, lameduckMs));
  }
  await reloading;
  await sockets.stop({ graceMs: GRACE_MS });
  await serving.current.stop();
  await admins.stop();
}
