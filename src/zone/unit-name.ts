import type { NameKey } from '../dns/name.ts';
import { type PackedName, zoneIndex } from './packed-name.ts';
import { type Entry, isSameAddress, type ObjectEntry } from './records.ts';

/** A name of a unit: packed, or to be packed when it is found to have changed. */
export type UnitName = PackedName | LazyName;

/** The zone that a name is in, and its place among all zones. */
export interface ZoneOfName {
  readonly index: number;
  readonly key: NameKey;
}

/** Encodes all answers of a name. */
export type PackAnswers = (owner: NameKey, zone: ZoneOfName) => PackedName;

/**
 * A name whose answers are not encoded before they are wanted: of a Service of which one endpoint
 * changes, most names stay as they were, and their entries show it for less.
 */
export class LazyName {
  readonly #owner: NameKey;
  readonly #zone: ZoneOfName;
  readonly #pack: PackAnswers;
  readonly #entries: readonly Entry[] | undefined;
  /** What its records are made of. */
  readonly sources: readonly ObjectEntry[];
  #packed: PackedName | undefined;

  /** `entries`, where they are given, decide about all that `pack` makes. */
  constructor(
    owner: NameKey,
    zone: ZoneOfName,
    pack: PackAnswers,
    entries?: readonly Entry[],
    sources: readonly ObjectEntry[] = NONE,
  ) {
    this.#owner = owner;
    this.#zone = zone;
    this.#pack = pack;
    this.#entries = entries;
    this.sources = sources;
  }

  get zone(): number {
    return this.#zone.index;
  }

  pack(): PackedName {
    this.#packed ??= this.#pack(this.#owner, this.#zone);
    return this.#packed;
  }

  /** Whether it is made of the same as another of the same name and rule. */
  hasEntriesOf(other: LazyName): boolean {
    const [own, others] = [this.#entries, other.#entries];
    if (own === undefined || others === undefined || own.length !== others.length) return false;
    return own.every((entry, at) => isSameEntry(entry, others[at]!));
  }
}

const NONE: readonly never[] = [];

/** The name as it is published. */
export function packed(name: UnitName): PackedName {
  return typeof name === 'string' ? name : name.pack();
}

/** The index of the name's zone. */
export function zoneOf(name: UnitName): number {
  return typeof name === 'string' ? zoneIndex(name) : name.zone;
}

/** Whether a name is as it was: `before` is of the same rule, as all that is compared here. */
export function isSameName(before: UnitName | undefined, after: UnitName): boolean {
  if (before === undefined) return false;
  const areLazy = typeof before !== 'string' && typeof after !== 'string';
  return (areLazy && after.hasEntriesOf(before)) || packed(before) === packed(after);
}

function isSameEntry(a: Entry, b: Entry): boolean {
  return (
    a.port === b.port &&
    a.target === b.target &&
    a.portName === b.portName &&
    a.protocol === b.protocol &&
    a.host === b.host &&
    a.isFullName === b.isFullName &&
    (a.address === b.address || isSameAddress(a.address, b.address))
  );
}
