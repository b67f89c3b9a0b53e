import type { Logger } from '../observe/log.ts';
import type { NameSet } from './name-set.ts';
import { logNamesDiff, type NamesDiffOptions, namesDiff } from './names-diff.ts';

/** What is used of a set of names. */
type HistorySet = Pick<
  NameSet,
  'source' | 'live' | 'whenSynced' | 'rememberedChanges' | 'inheritChanges'
>;

export interface HandoverOptions extends NamesDiffOptions {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** When the new names began to be answered, Unix seconds. */
  readonly at: number;
}

/**
 * After a change of the Corefile that leads to other names: logs which records differ, and gives
 * the new sets what those before them remember, with that difference as one change more. Sets that
 * both configurations have stay as they are.
 *
 * Returns when the old sets are needed no more; where new names have not been read yet, the rest
 * follows once they are.
 */
export async function handOverHistory(
  before: Iterable<HistorySet>,
  after: Iterable<HistorySet>,
  options: HandoverOptions,
): Promise<void> {
  const [old, now] = [new Set(before), new Set(after)];
  const gone = [...old].filter((set) => !now.has(set));
  const fresh = [...now].filter((set) => !old.has(set));
  // Of names that have never been read, nobody can say what became of them.
  if (gone.length + fresh.length === 0 || !gone.every(({ live }) => live.isSynced)) return;
  const heirs = await Promise.all(
    fresh.map(async (set) => {
      const former = formerOf(set, gone);
      return { set, former, changes: await former?.rememberedChanges() };
    }),
  );
  const finish = async () => {
    const { log, at } = options;
    const liveOf = (sets: readonly HistorySet[]) => sets.map(({ live }) => live);
    const whole = await namesDiff(liveOf(gone), liveOf(fresh), options);
    logNamesDiff(whole, log);
    const isOne = gone.length === 1 && fresh.length === 1;
    for (const { set, former, changes } of heirs) {
      if (former === undefined || changes === undefined) continue;
      const diff = isOne ? whole : await namesDiff([former.live], [set.live], options);
      set.inheritChanges(changes, { at, ...diff, isOfCorefile: true });
    }
  };
  const read = Promise.all(fresh.map((set) => set.whenSynced())).then(finish);
  if (fresh.every(({ live }) => live.isSynced)) return read;
  read.catch((error) => {
    options.log.warn({ err: error }, 'The history of changes was not handed over');
  });
}

/** The set whose place another takes: of the same objects and zones, or else of either. */
function formerOf(set: HistorySet, gone: readonly HistorySet[]): HistorySet | undefined {
  const objects = ({ source: { manifests, cluster } }: HistorySet) =>
    JSON.stringify([manifests, cluster]);
  const zones = ({ source }: HistorySet) => source.zone.zones.join(' ');
  const sameObjects = gone.filter((one) => objects(one) === objects(set));
  return (
    sameObjects.find((one) => zones(one) === zones(set)) ??
    sameObjects[0] ??
    gone.find((one) => zones(one) === zones(set))
  );
}
