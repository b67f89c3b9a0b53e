import { type NameSource, nameSources, sourceKey } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { Loaded } from '../../control/load-once.ts';
import type { GivenAddresses } from '../../controllers/controllers.ts';
import { UNREADABLE } from '../../sources/kubeapi/trouble.ts';
import type { CommandIo } from '../command.ts';
import { printProblems, reportErrors } from '../report/settings-report.ts';
import { keptAddresses, type LoadOnce, serverAddresses } from './load-names.ts';
import { shownLoad } from './shown-load.ts';

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
export function loadSources(
  settings: Settings,
  load: LoadOnce,
  io: CommandIo,
): Promise<LoadedSources | undefined> {
  const given = (source: NameSource) => givenBefore(settings, source, io);
  return loadEach(nameSources(settings), { settings, load, io, given });
}

/** The addresses that a server of the same user has given out for a source. */
export function givenBefore(
  { options }: Settings,
  source: NameSource,
  io: CommandIo,
): GivenAddresses | undefined {
  return keptAddresses(options.state, source, (one) => printProblems([one], io));
}

export interface LoadEachOptions {
  readonly settings: Settings;
  readonly load: LoadOnce;
  readonly io: CommandIo;
  /** The addresses that are given out for a source. */
  readonly given: (source: NameSource, index: number) => GivenAddresses | undefined;
  /** How a file is called in messages; as it is unless given. */
  readonly shown?: (file: string) => string;
}

/** The same for sources that are given themselves. */
export async function loadEach(
  sources: readonly NameSource[],
  { settings, load, io, given, shown = (file) => file }: LoadEachOptions,
): Promise<LoadedSources | undefined> {
  const loaded = new Map<string, Loaded>();
  const read = shownLoad(load, io);
  for (const [index, source] of sources.entries()) {
    const one = await read(source, serverAddresses(settings), given(source, index));
    const problems = one.summary.problems.map((problem) => {
      const { origin } = problem;
      return { ...problem, origin: { ...origin, file: shown(origin.file) } };
    });
    reportErrors(problems, io);
    if (problems.some(({ code }) => code === UNREADABLE)) return undefined;
    loaded.set(sourceKey(source), one);
  }
  const of = (source: NameSource): Loaded => {
    const one = loaded.get(sourceKey(source));
    if (one === undefined) throw new Error('Not a source of these settings');
    return one;
  };
  return { sources, of };
}
