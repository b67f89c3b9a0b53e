import { type NameSource, nameSources, sourceKey } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { Loaded } from '../../control/load-once.ts';
import { UNREADABLE } from '../../sources/kubeapi/trouble.ts';
import type { CommandIo } from '../command.ts';
import { printProblems, reportErrors } from '../report/settings-report.ts';
import { keptAddresses, type LoadOnce, serverAddresses } from './load-names.ts';

/** What the sources of some settings came to. */
export interface LoadedSources {
  readonly sources: readonly NameSource[];
  /** What a source of these settings came to. */
  of(source: NameSource): Loaded;
}

/**
 * Reads all sources of these settings once, with the addresses that a server has given out. Errors
 * of manifests are printed. Undefined when objects cannot be had at all: then why has been printed.
 */
export async function loadSources(
  settings: Settings,
  load: LoadOnce,
  io: CommandIo,
): Promise<LoadedSources | undefined> {
  const loaded = new Map<string, Loaded>();
  const sources = nameSources(settings);
  for (const source of sources) {
    const kept = keptAddresses(settings.options.state, source, (one) => printProblems([one], io));
    const one = await load(source, serverAddresses(settings), kept);
    reportErrors(one.summary.problems, io);
    if (one.summary.problems.some(({ code }) => code === UNREADABLE)) return undefined;
    loaded.set(sourceKey(source), one);
  }
  const of = (source: NameSource): Loaded => {
    const one = loaded.get(sourceKey(source));
    if (one === undefined) throw new Error('Not a source of these settings');
    return one;
  };
  return { sources, of };
}
