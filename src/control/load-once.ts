import type { GivenAddresses } from '../controllers/controllers.ts';
import type { Problem } from '../kube/problem.ts';
import { FolderWatcher } from '../sources/folder/folder-watcher.ts';
import { loadFiles } from '../sources/folder/objects/load-files.ts';
import { systemClock } from '../support/clock.ts';
import { LiveZone } from '../zone/live-zone.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { ControlPlane } from './control-plane.ts';
import { Outbox } from './outbox.ts';
import type { Provenances } from './provenance.ts';
import type { LoadSummary } from './summary.ts';

/** Everything that a folder of manifests comes to. */
export interface Loaded {
  readonly summary: LoadSummary;
  /** Published and ready to be asked. */
  readonly live: LiveZone;
  /** Says where the records come from. */
  provenances(): Provenances;
}

/**
 * Reads the manifests once, in this thread, without watching: for `check` and `records`. `given`
 * are the addresses that a server has given out, so that they are its own.
 */
export async function loadOnce(
  manifests: readonly string[],
  zone: ZoneOptions,
  serverAddresses: readonly string[],
  given?: GivenAddresses,
): Promise<Loaded> {
  const plane = new ControlPlane({ zone, holdMassDeletions: false, serverAddresses, given });
  const live = new LiveZone(zone);
  const outbox = new Outbox();
  const problems: Problem[] = [];
  const source = new FolderWatcher({
    paths: manifests,
    clock: systemClock,
    watch: false,
    rescanMs: 0,
    onChange: (change) => {
      problems.push(...change.warnings);
      outbox.add(plane.take(loadFiles(change), 'event'));
    },
  });
  source.start();
  await source.stop();
  for (let part = outbox.take(); part !== undefined; part = outbox.take()) {
    live.apply(part, systemClock.wallSeconds());
  }
  live.isSynced = true;
  const summary = { ...plane.summary(problems), names: live.size };
  return { summary, live, provenances: () => plane.provenances() };
}
