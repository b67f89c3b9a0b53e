import { inOrder } from '../../control/history/record-change.ts';
import type { Provenance } from '../../control/provenance.ts';
import { Type } from '../../dns/codes.ts';
import { keyOfWire } from '../../dns/name.ts';
import type { ResourceRecord, WireName } from '../../dns/record.ts';
import { recordText } from '../../dns/text.ts';
import type { RecordTable } from '../../zone/options.ts';
import type { LoadedSources } from '../names/load-sources.ts';
import { allZones, recordsIn } from '../names/source-zones.ts';
import { replySections } from '../query/reply-sections.ts';
import type { Asker } from '../verify/asker.ts';
import { type Pace, paced } from '../verify/paced.ts';

/** A record, and the objects behind it where there are any. */
interface SideRecord {
  readonly record: ResourceRecord;
  /** Found out only when it is asked for. */
  readonly provenance: () => Provenance | undefined;
}

/** The records of one side, by their text. */
export type SideRecords = ReadonlyMap<string, SideRecord>;

/** A record that only one side has. */
export interface OneSided extends SideRecord {
  readonly sign: '+' | '-';
  readonly text: string;
}

/** Every record of these sources that says something of their objects. */
export function recordsOfSources(loaded: LoadedSources): SideRecords {
  const records = new Map<string, SideRecord>();
  for (const zone of allZones(loaded.sources)) {
    const source = loaded.of(zone.source);
    const provenance = lazyProvenances(() => source.provenances(), zone.table);
    for (const record of recordsIn(zone, loaded)) {
      records.set(recordText(record), { record, provenance: () => provenance(record) });
    }
  }
  return records;
}

/** All is compiled once more to find out: only where something differs, and once. */
function lazyProvenances(
  make: () => { of(record: ResourceRecord, table: RecordTable): Provenance },
  table: RecordTable,
): (record: ResourceRecord) => Provenance {
  let made: ReturnType<typeof make> | undefined;
  return (record) => {
    made ??= make();
    return made.of(record, table);
  };
}

/** Types that the names of Kubernetes have. */
const TYPES = [Type.A, Type.AAAA, Type.CNAME, Type.SRV, Type.TXT, Type.PTR];

/**
 * The records that a server has at the names of the other side: those that only the server has
 * cannot be known.
 *
 * @throws {NoReplyError}
 */
export async function recordsOfServer(
  asker: Asker,
  others: SideRecords,
  pace: Pace,
  done: (count: number, all: number) => void,
): Promise<SideRecords> {
  const names = new Set<WireName>();
  for (const { record } of others.values()) names.add(record.owner);
  const records = new Map<string, SideRecord>();
  const questions = [...names].flatMap((name) => TYPES.map((type) => ({ name, type })));
  const ask = async ({ name, type }: (typeof questions)[number]) => {
    const { bytes, questionEnd } = await asker.ask(name, type);
    const [answer] = replySections(bytes, questionEnd);
    for (const record of answer ?? []) {
      // What an alias leads to has a name of its own.
      if (record.type !== type || keyOfWire(record.owner) !== keyOfWire(name)) continue;
      records.set(recordText(record), { record, provenance: () => undefined });
    }
  };
  await paced(questions, pace, ask, (count) => done(count, questions.length));
  return records;
}

/** What one side has and the other has not: by name from the right, then by type. */
export function differingRecords(before: SideRecords, after: SideRecords): OneSided[] {
  const only = (sign: OneSided['sign'], some: SideRecords, others: SideRecords): OneSided[] =>
    [...some].flatMap(([text, one]) => (others.has(text) ? [] : [{ sign, text, ...one }]));
  return inOrder([...only('-', before, after), ...only('+', after, before)]);
}
