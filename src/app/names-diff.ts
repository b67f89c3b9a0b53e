import { MAX_LINES } from '../control/change-report.ts';
import type { Recorded } from '../control/history/change-recorder.ts';
import { type DiffedRecord, diffNames } from '../control/history/name-diff.ts';
import { changeText, inOrder, moreText } from '../control/history/record-change.ts';
import { MAX_RECORDS } from '../control/history/remembered-change.ts';
import type { NameKey } from '../dns/name.ts';
import type { Logger } from '../observe/log.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { PackedName } from '../zone/packed-name.ts';
import { keySum } from '../zone/table.ts';

/** Names compared between two turns of the sockets: half a millisecond. */
const NAMES_A_TURN = 500;

/** A name whose records are made, to be compared, takes the time of so many that are the same. */
const MADE_NAMES = 10;

export interface NamesDiffOptions {
  /** The file that the change is in, as it is shown. */
  readonly file: string;
  /** Runs a callback after other events have had their turn: `setImmediate`. */
  readonly later: (callback: () => void) => void;
}

/** The records in which some published names differ from others, found a few names a turn. */
export async function namesDiff(
  gone: readonly LiveZone[],
  fresh: readonly LiveZone[],
  { file, later }: NamesDiffOptions,
): Promise<Recorded> {
  const found: DiffedRecord[] = [];
  let names = 0;
  let count = 0;
  for (const one of changedPlaces(gone, fresh)) {
    if (count === 0) await new Promise<void>((resolve) => later(resolve));
    if (one === undefined) count++;
    else if (found.length < MAX_RECORDS) {
      found.push(...diffNames([one]));
      count += MADE_NAMES;
    } else {
      names++;
      count++;
    }
    if (count >= NAMES_A_TURN) count = 0;
  }
  const records = inOrder(found.slice(0, MAX_RECORDS));
  return {
    records: records.map(({ sign, text }) => ({ sign, record: text, places: [file] })),
    left: { records: found.length - records.length, names },
  };
}

/** Logs the records that differ after a change of the Corefile: some, and how many others. */
export function logNamesDiff({ records, left }: Recorded, log: Pick<Logger, 'info'>): void {
  for (const one of records.slice(0, MAX_LINES)) log.info(changeText(one));
  const more = moreText(records.length - MAX_LINES + left.records, left.names);
  if (more !== '') log.info(more);
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
