import { type NameSource, nameSources, placesOf } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { FollowedObjects, followObjects } from '../../control/follow-objects.ts';
import type { Loaded } from '../../control/load-once.ts';
import { type Problem, problemText } from '../../kube/problem.ts';
import { oneLine } from '../../observe/text-line.ts';
import { UNREADABLE } from '../../sources/kubeapi/trouble.ts';
import type { CommandIo } from '../command.ts';
import { keptAddresses, type LoadOnce, serverAddresses } from '../names/load-names.ts';
import { shownLoad } from '../names/shown-load.ts';
import { printProblems, reportErrors } from '../report/settings-report.ts';
import {
  allPages,
  type FollowedSource,
  type Listing,
  type ObjectSource,
  objectList,
} from './object-source.ts';

/** The manifests of the settings, read once; undefined where a cluster cannot be, as is said. */
export async function readFolders(
  settings: Settings,
  io: CommandIo,
  load: LoadOnce,
): Promise<ObjectSource | undefined> {
  const loaded: Loaded[] = [];
  const read = shownLoad(load, io);
  for (const source of sourcesOf(settings)) {
    loaded.push(await read(source, serverAddresses(settings), given(source, settings, io)));
  }
  const problems = loaded.flatMap(({ summary }) => summary.problems);
  reportErrors(problems, io);
  if (problems.some(({ code }) => code === UNREADABLE)) return undefined;
  return { list: async (listing) => listed(loaded, listing) };
}

/** Loaded when it is called, as most commands do without the parsers. */
const follow: typeof followObjects = async (...args) =>
  (await import('../../control/follow-objects.ts')).followObjects(...args);

/**
 * The manifests of the settings, followed as the server does until `stop`. Errors are printed when
 * they come up.
 */
export async function followFolders(
  settings: Settings,
  io: CommandIo,
): Promise<FollowedSource & { stop(): Promise<void> }> {
  const { options } = settings;
  const followed: FollowedObjects[] = [];
  const warn = (message: string) => io.stderr(`${oneLine(message)}\n`);
  for (const source of sourcesOf(settings)) {
    const wanted = { ...source, follow: options };
    followed.push(await follow(wanted, io.clock, warn, given(source, settings, io)));
  }
  const revisionNow = () => followed.map(({ revision }) => revision).join('-');
  let reported = '';
  let known = new Set<string>();
  const report = () => {
    if (reported === revisionNow()) return;
    reported = revisionNow();
    const problems = followed.flatMap((one) => one.problems);
    reportErrors(
      problems.filter((problem) => !known.has(problemText(problem))),
      io,
    );
    known = new Set(problems.map(problemText));
  };
  return {
    revision: async () => {
      report();
      return revisionNow();
    },
    list: async (listing) => {
      report();
      return listed(followed, listing, revisionNow());
    },
    stop: async () => {
      for (const one of followed) await one.stop();
    },
  };
}

/** Blocks that read the same manifests have the same objects. */
function sourcesOf(settings: Settings): Iterable<NameSource> {
  return new Map(
    nameSources(settings).map((source) => [JSON.stringify(placesOf(source)), source]),
  ).values();
}

function given(source: NameSource, { options }: Settings, io: CommandIo) {
  return keptAddresses(options.state, source, (problem: Problem) => printProblems([problem], io));
}

function listed(all: readonly Pick<Loaded, 'page'>[], listing: Listing, revision = '') {
  const pages = all.flatMap((one) => [...allPages(listing, (request) => one.page(request))]);
  return objectList(pages, revision);
}
