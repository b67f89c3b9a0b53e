import { Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import { recordText } from '../../dns/text.ts';
import type { TableRecord } from '../../explain/objects-question.ts';
import { type PreparedAnswer, recordsOf, withoutShared } from '../../zone/answer.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import { nameAt } from '../../zone/extra-names.ts';
import { type PackedName, unpackName } from '../../zone/packed-name.ts';
import { inOrder } from './record-change.ts';

/** A name as it was and as it is; undefined where there is none. */
export interface ChangedName {
  /** Where it is kept, as in `NameChanges`. */
  readonly place: NameKey;
  readonly before: PackedName | undefined;
  readonly after: PackedName | undefined;
}

/** A record that has come or gone, and the table that it is in. */
export interface DiffedRecord extends TableRecord {
  readonly sign: '+' | '-';
  readonly text: string;
}

/** Names of a change that are looked into: more take longer than anybody reads. */
const MAX_NAMES = 1000;

/**
 * The names of a change with what they were, some of very many; `left` is the number of the others.
 * `published` is what was there before.
 */
export function changedNames(
  changes: NameChanges,
  published: ReadonlyMap<NameKey, PackedName>,
): { readonly names: ChangedName[]; readonly left: number } {
  const names: ChangedName[] = [];
  for (const [place, after] of changes) {
    if (names.length === MAX_NAMES) break;
    names.push({ place, before: published.get(place), after: after ?? undefined });
  }
  return { names, left: changes.size - names.length };
}

/** The records in which names differ, in order. NS records, of servers, are left out. */
export function diffNames(names: readonly ChangedName[]): DiffedRecord[] {
  const found: DiffedRecord[] = [];
  for (const { place, before, after } of names) {
    const [old, now] = [recordsAt(place, before, after), recordsAt(place, after, before)];
    for (const [text, one] of old) if (!now.has(text)) found.push({ sign: '-', text, ...one });
    for (const [text, one] of now) if (!old.has(text)) found.push({ sign: '+', text, ...one });
  }
  return inOrder(found);
}

/**
 * The records of a name, by their text. Those that `other`, another form of it, has too may be
 * missing: of a thousand, one or two have changed.
 */
export function recordsAt(
  place: NameKey,
  name: PackedName | undefined,
  other?: PackedName,
): ReadonlyMap<string, TableRecord> {
  const { key, table } = nameAt(place);
  const others = answersIn(key, other);
  const records = answersIn(key, name).flatMap((answer) => {
    const same = others.find(({ type }) => type === answer.type);
    return recordsOf(key, same === undefined ? answer : withoutShared(answer, same)).answer;
  });
  return new Map(
    records
      .filter(({ type }) => type !== Type.NS)
      .map((record) => [recordText(record), { record, table }]),
  );
}

function answersIn(key: NameKey, name: PackedName | undefined): readonly PreparedAnswer[] {
  return name === undefined ? [] : unpackName(key, name).answers;
}
