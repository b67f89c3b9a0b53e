import type { Settings } from '../config/settings.ts';
import type { Problem } from '../kube/problem.ts';
import { GRACE_MS } from '../server/limits.ts';
import { type Prepared, prepareAll } from '../server/listen/prepared.ts';
import { Panics } from '../server/panics.ts';
import { Configuration } from './configuration.ts';
import { handOverHistory } from './history-handover.ts';
import { reportNames, reportPlugins } from './metrics.ts';
import { reportProblems } from './problems.ts';
import { ownAddresses, type Serving } from './serving.ts';

/** A reload waits this long for new manifests to be read, as CoreDNS's `startup_timeout`; ms. */
const SYNC_MS = 5000;

/**
 * Goes on with other settings, without losing a query. Returns what is wrong with them; with an
 * error among it, nothing has changed.
 *
 * Everything new is built, started and opened beside the old. Then comes one moment in which all of
 * it takes the place of the old, and nothing in that moment can fail or wait. Only then is anything
 * closed.
 *
 * @throws ListenError when an address cannot be listened on; then nothing has changed.
 * @throws ChainError when another thread cannot prepare it; then nothing has changed either.
 */
export async function reload(serving: Serving, wanted: Settings): Promise<readonly Problem[]> {
  const { shared, sockets, threads, closing } = serving;
  if (closing.signal.aborted) return [];
  const before = serving.current;
  const next = new Configuration(wanted, shared, sockets, before);
  if (next.hasErrors) return next.problems;
  const opened = await openFor(next, serving).catch(async (error) => {
    await next.stop(before);
    throw error;
  });
  if (closing.signal.aborted) {
    await opened.abort();
    await next.stop(before);
    return [];
  }
  opened.commit();
  serving.current = next;
  threads.follow();
  reportPlugins(shared.metrics, next.chains);
  reportNames(shared.metrics, next.names.sets.values());
  serving.logLevel.follow(next.chains);
  reportProblems(next.problems, shared.log);
  next.names.setServerAddresses(ownAddresses(sockets.addresses));
  const panics = new Panics(shared.log, shared.metrics, () => shared.clock.now());
  const handedOver = panics.guard('The history of changes was not handed over', () =>
    handOverHistory(before.names.sets.values(), next.names.sets.values(), {
      file: next.settings.corefile.file,
      at: shared.clock.wallSeconds(),
      log: shared.log,
      later: setImmediate,
    }),
  );
  await opened.closeOld(GRACE_MS);
  await handedOver;
  // Questions under way in the old chains still come back; they hold what they need.
  // The new ones serve whatever comes of it.
  await panics.guard('What was served before did not stop', () => before.stop(next));
  return next.problems;
}

/** Starts a configuration, and opens the sockets it needs beyond those there are. */
async function openFor(next: Configuration, serving: Serving): Promise<Prepared> {
  const { sockets, admins, threads, closing } = serving;
  await next.chains.start();
  next.names.start(ownAddresses(sockets.addresses));
  await next.names.whenSyncedOr(SYNC_MS, closing.signal);
  return prepareAll([
    () => sockets.prepare(next.chains.groups),
    () => admins.prepare(next.settings.admin, next.settings.movedBy.admin),
    // Behind the sockets: a thread is told which of them it shares.
    () => threads.prepare(next),
  ]);
}
