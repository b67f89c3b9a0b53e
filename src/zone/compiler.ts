import type { ViewChange } from '../controllers/view-change.ts';
import { addressBytes } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyOfWire, type NameKey } from '../dns/name.ts';
import type { RecordData, ResourceRecord, WireName } from '../dns/record.ts';
import type { Problem } from '../kube/problem.ts';
import { getOrAdd, sameItems } from '../support/collections.ts';
import type { ServedZone } from './apex.ts';
import { extraKey } from './extra-names.ts';
import type { ExtraTable } from './options.ts';
import type { PackedName } from './packed-name.ts';
import { isSameAddress, type ObjectEntry } from './records.ts';
import { type AddressClaim, ReverseIndex } from './reverse.ts';
import { isSameName, packed, type UnitName } from './unit-name.ts';

/** What a change does to the published names: a name's new form, or null when it is gone. */
export type NameChanges = Map<NameKey, PackedName | null>;

/** What names are compiled from at one go: a Service, a host, the apexes of all zones. */
export interface Unit {
  /** Unique among all units of a rule: `namespace/name`. */
  readonly id: string;
  /**
   * The objects it is compiled from. While these are the very same ones, in the same order, it is
   * not compiled again. Undefined: compiled at each change of its group.
   */
  readonly from: readonly unknown[] | undefined;
  /**
   * The same each time: units are kept and not what they are compiled to, which is four times as
   * much, and needed only when they change.
   */
  compile(): CompiledUnit;
  /**
   * What of `before`, which had its place, may be another now: names and addresses that are in
   * neither part are as they were. Undefined when that is not known for less than compiling both.
   */
  difference?(before: Unit): UnitDifference | undefined;
}

/** What a unit is compiled to now, and was before. */
export interface UnitDifference {
  readonly before: CompiledUnit;
  readonly after: CompiledUnit;
}

export interface CompiledUnit {
  readonly names: ReadonlyMap<NameKey, UnitName>;
  /** Addresses that lead to the unit, for PTR and NS records. */
  readonly claims?: readonly AddressClaim[] | undefined;
  /** What the records of names are made of that do not know it themselves. */
  readonly sources?: ReadonlyMap<NameKey, readonly ObjectEntry[]> | undefined;
}

/** What became of the namespaces since the last time. */
export interface ClusterChange {
  /** Namespaces that are new or changed. */
  readonly views: readonly ViewChange[];
  /** Names of namespaces that no longer exist. */
  readonly gone: readonly string[];
  /** The addresses we listen on, for NS records and the names that these lead to. */
  readonly serverAddresses: readonly string[];
}

/** Units that a change may be about. */
export interface UnitGroup {
  readonly name: string;
  readonly units: Iterable<Unit>;
  /** The units that are gone. Undefined: all that are not among `units`, so that is every one. */
  readonly gone?: readonly string[] | undefined;
}

/** Which units there are, and which names and answers they give. */
export interface NameRule {
  readonly zones: readonly ServedZone[];
  /** Of every PTR record, in seconds. */
  readonly ttl: number;
  /** Where its names are published; undefined for the cluster's own. */
  readonly table?: ExtraTable;
  /** Objects that give no name, and why. */
  problems?(): readonly Problem[];
  /** Why a name that an object gives has no records; undefined when that is not known. */
  faultOf?(name: NameKey): string | undefined;
  /**
   * The units that a change may be about. A group is compiled before the next is asked for, so
   * `addresses` knows its claims.
   */
  changed(change: ClusterChange, addresses: ReverseIndex): Iterable<UnitGroup>;
}

/** A unit that is compiled: the unit changes, and this stays. */
interface KnownUnit {
  readonly id: string;
  unit: Unit;
}

/** What a unit is compiled to, and was, or what differs. */
interface UnitChange extends Partial<UnitDifference> {
  readonly id: string;
  readonly unit: Unit | undefined;
}

/**
 * Compiles units to names with prepared answers, those that changed, and says which names change.
 * The same objects always compile to the same answers, in any order.
 */
export class NameCompiler {
  readonly #rule: NameRule;
  readonly #step: () => void;
  readonly #groups = new Map<string, Map<string, KnownUnit>>();
  readonly #addresses: ReverseIndex;
  /** Undefined when they are not kept. */
  readonly #sources: Map<NameKey, readonly ObjectEntry[]> | undefined;

  /** `step` is called for each unit: one namespace may have ten thousand of them. */
  constructor(rule: NameRule, step: () => void = () => {}, keepSources = false) {
    this.#rule = rule;
    this.#step = step;
    this.#sources = keepSources ? new Map() : undefined;
    this.#addresses = new ReverseIndex(rule.zones, rule.ttl);
  }

  update(change: ClusterChange): NameChanges {
    const changes: NameChanges = new Map();
    for (const group of this.#rule.changed(change, this.#addresses)) {
      this.#replace(group, changes);
    }
    const { table } = this.#rule;
    if (table === undefined) return changes;
    return new Map([...changes].map(([key, name]) => [extraKey(table, key), name]));
  }

  /** What a record is made of, with `keepSources`; nothing for what every zone has by itself. */
  sourcesOf({ owner, type, data }: ResourceRecord): readonly ObjectEntry[] {
    const key = keyOfWire(owner);
    if (type === Type.PTR && data.kind === 'name') {
      return this.#addresses.pointerSources(key, keyOfWire(data.name));
    }
    const entries = this.#sources?.get(key) ?? [];
    return entries.filter((entry) => this.#isSource(entry, data));
  }

  #isSource(entry: ObjectEntry, data: RecordData): boolean {
    if (data.kind === 'address') return isSameAddress(entry.address, data.address);
    if (data.kind === 'service') {
      return entry.port === data.port && this.#leadsTo(entry, data.target);
    }
    return data.kind === 'name' && this.#leadsTo(entry, data.name);
  }

  /** Targets are relative to the zone, unless they are in none. */
  #leadsTo({ target }: ObjectEntry, name: WireName): boolean {
    const key = keyOfWire(name);
    return target === key || this.#rule.zones.some((zone) => target + zone.key === key);
  }

  #replace(group: UnitGroup, changes: NameChanges): void {
    const units = getOrAdd(this.#groups, group.name, () => new Map<string, KnownUnit>());
    const news = this.#compile(group, units);
    // Names that are gone come first: one may have moved to another unit.
    for (const { before, after } of news) {
      if (before === undefined) continue;
      removeNames(before, after, changes);
      if (this.#sources === undefined) continue;
      for (const [key] of sourcesIn(before)) this.#sources.delete(key);
    }
    for (const { id, unit, before, after } of news) {
      const known = units.get(id) ?? (unit && { id, unit });
      if (known === undefined) continue;
      if (unit === undefined) units.delete(id);
      else {
        known.unit = unit;
        units.set(id, known);
      }
      if (after !== undefined) {
        addNames(before, after, changes);
      }
      if (after !== undefined && this.#sources !== undefined) {
        for (const [key, entries] of sourcesIn(after)) this.#sources.set(key, entries);
      }
      this.#addresses.replace(known, before?.claims ?? [], after?.claims ?? [], changes);
      this.#step();
    }
    if (units.size === 0) this.#groups.delete(group.name);
  }

  /** The units of a group that changed, those that are gone first. */
  #compile({ units, gone }: UnitGroup, known: ReadonlyMap<string, KnownUnit>): UnitChange[] {
    const made: UnitChange[] = [];
    const seen = new Set<string>();
    for (const unit of units) {
      this.#step();
      const { id, from } = unit;
      if (gone === undefined) seen.add(id);
      const old = known.get(id)?.unit;
      const isSame = from !== undefined && old?.from !== undefined && sameItems(old.from, from);
      if (!isSame) made.push({ id, unit, ...this.#difference(old, unit) });
    }
    const lost = gone ?? [...known.keys()].filter((id) => !seen.has(id));
    const withdrawn = lost.flatMap((id) => {
      const before = known.get(id)?.unit.compile();
      return before ? [{ id, unit: undefined, before }] : [];
    });
    return [...withdrawn, ...made];
  }

  #difference(old: Unit | undefined, unit: Unit): Partial<UnitDifference> {
    if (old === undefined) return { after: unit.compile() };
    // What records are made of is another, even where they are not.
    const part = this.#sources === undefined ? unit.difference?.(old) : undefined;
    return part ?? { before: old.compile(), after: unit.compile() };
  }
}

function* sourcesIn({
  names,
  sources,
}: CompiledUnit): Generator<readonly [NameKey, readonly ObjectEntry[]]> {
  for (const [key, name] of names) {
    if (typeof name !== 'string' && name.sources.length > 0) yield [key, name.sources];
  }
  if (sources !== undefined) yield* sources;
}

function removeNames(
  before: CompiledUnit,
  after: CompiledUnit | undefined,
  changes: NameChanges,
): void {
  for (const key of before.names.keys()) {
    if (!after?.names.has(key)) changes.set(key, null);
  }
}

function addNames(
  before: CompiledUnit | undefined,
  { names }: CompiledUnit,
  changes: NameChanges,
): void {
  for (const [key, name] of names) {
    if (!isSameName(before?.names.get(key), name)) changes.set(key, packed(name));
  }
}

/** The addresses that we listen on, as bytes. */
export function serverAddressBytes({ serverAddresses }: ClusterChange): Uint8Array[] {
  return serverAddresses.map(addressBytes).filter((bytes) => bytes !== undefined);
}
