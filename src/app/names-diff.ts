import { type DiffedRecord, diffNames } from '../control/history/name-diff.ts';
import { changeText, inOrder, moreText } from '../control/history/record-change.ts';
import type { NameKey } from '../dns/name.ts';
import type { Logger } from '../observe/log.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { PackedName } from '../zone/packed-name.ts';
import { keySum } from '../zone/table.ts';
import type { NameSet } from './name-set.ts';

/** Lines in the log; what is beyond is counted. */
const MAX_LINES = 20;

/** Names compared between two turns of the sockets: half a millisecond. */
const NAMES_A_TURN = 500;

export interface NamesDiffOptions {
  /** The file that the change is in, as it is shown. */
  readonly file: string;
  readonly log: Pick<Logger, 'info'>;
  /** Runs a callback after other events have had their turn: `setImmediate`. */
  readonly later: (callback: () => void) => void;
}

/**
 * Logs which records differ after a change of the Corefile, a few names a turn. Sets that both
 * configurations have are the same; nothing is said of a set that has not been read yet.
 */
export function logNamesDiff(
  before: Iterable<Pick<NameSet, 'live'>>,
  after: Iterable<Pick<NameSet, 'live'>>,
  { file, log, later }: NamesDiffOptions,
): void {
  const [old, now] = [new Set(before), new Set(after)];
  const gone = [...old].filter((set) => !now.has(set)).map(({ live }) => live);
  const fresh = [...now].filter((set) => !old.has(set)).map(({ live }) => live);
  if (![...gone, ...fresh].every(({ isSynced }) => isSynced)) return;
  const found: DiffedRecord[] = [];
  let names = 0;
  const compared = changedPlaces(gone, fresh);
  const turn = () => {
    for (let count = 0; count < NAMES_A_TURN; count++) {
      const next = compared.next();
      if (next.done === true) {
        finish();
        return;
      }
      if (next.value === undefined) continue;
      if (found.length < MAX_LINES) found.push(...diffNames([next.value]));
      else names++;
    }
    later(turn);
  };
  const finish = () => {
    for (const { sign, text } of inOrder(found.slice(0, MAX_LINES))) {
      log.info(changeText({ sign, record: text, places: [file] }));
    }
    const more = moreText(found.length - MAX_LINES, names);
    if (more !== '') log.info(more);
  };
  later(turn);
}

/** Each name of both, and undefined for one that is the same. */
function* changedPlaces(gone: readonly LiveZone[], fresh: readonly LiveZone[]) {
  const packed = (lives: readonly LiveZone[], place: NameKey, sum: number) => {
    for (const live of lives) {
      const name: PackedName | undefined = live.get(place, sum);
      if (name !== undefined) return name;
    }
    return undefined;
  };
  for (const live of gone) {
    for (const place of live.keys()) {
      const sum = keySum(place);
      const [before, after] = [packed(gone, place, sum), packed(fresh, place, sum)];
      yield before === after ? undefined : { place, before, after };
    }
  }
  for (const live of fresh) {
    for (const place of live.keys()) {
      const sum = keySum(place);
      if (packed(gone, place, sum) !== undefined) yield undefined;
      else yield { place, before: undefined, after: packed(fresh, place, sum) };
    }
  }
}
