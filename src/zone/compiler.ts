import { addressBytes } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyOfWire, type NameKey } from '../dns/name.ts';
import type { RecordData, ResourceRecord, WireName } from '../dns/record.ts';
import type { NamespaceView } from '../kube/objects.ts';
import type { Problem } from '../kube/problem.ts';
import { sameItems } from '../support/collections.ts';
import type { ServedZone } from './apex.ts';
import { type ExtraTable, extraKey } from './extra-names.ts';
import type { PackedName } from './packed-name.ts';
import { isSameAddress, type ObjectEntry } from './records.ts';
import { type AddressClaim, ReverseIndex } from './reverse.ts';

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
  readonly compile: () => CompiledUnit;
}

export interface CompiledUnit {
  readonly names: ReadonlyMap<NameKey, PackedName>;
  /** Addresses that lead to the unit, for PTR and NS records. */
  readonly claims?: readonly AddressClaim[] | undefined;
  /** What the records of each name are made of. */
  readonly sources?: ReadonlyMap<NameKey, readonly ObjectEntry[]> | undefined;
}

/** What became of the namespaces since the last time. */
export interface ClusterChange {
  /** Namespaces that are new or changed. */
  readonly views: readonly NamespaceView[];
  /** Names of namespaces that no longer exist. */
  readonly gone: readonly string[];
  /** The addresses we listen on, for NS records and the names that these lead to. */
  readonly serverAddresses: readonly string[];
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
  /**
   * The groups of units that a change may be about, each with all its units; a group without units
   * is gone. A group is compiled before the next is asked for, so `addresses` knows its claims.
   */
  changed(
    change: ClusterChange,
    addresses: ReverseIndex,
  ): Iterable<readonly [group: string, units: Iterable<Unit>]>;
}

interface Part extends CompiledUnit {
  readonly from: Unit['from'];
}

const NO_PARTS: ReadonlyMap<string, Part> = new Map();

/**
 * Compiles units to names with prepared answers, those that changed, and says which names change.
 * The same objects always compile to the same answers, in any order.
 */
export class NameCompiler {
  readonly #rule: NameRule;
  readonly #step: () => void;
  readonly #groups = new Map<string, ReadonlyMap<string, Part>>();
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
    for (const [group, units] of this.#rule.changed(change, this.#addresses)) {
      this.#replace(group, units, changes);
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

  #replace(group: string, units: Iterable<Unit>, changes: NameChanges): void {
    const before = this.#groups.get(group) ?? NO_PARTS;
    const after = new Map<string, Part>();
    for (const { id, from, compile } of units) {
      const known = before.get(id);
      const isSame = known?.from !== undefined && from !== undefined && sameItems(known.from, from);
      after.set(id, isSame ? known : this.#part(from, compile()));
      this.#step();
    }
    // Names that are gone come first: one may have moved to another unit.
    for (const [id, part] of before) {
      const made = after.get(id);
      if (made !== part) {
        removeNames(part, made, changes);
        for (const key of part.sources?.keys() ?? []) this.#sources?.delete(key);
      }
      if (made === undefined) this.#claim(id, part, undefined, changes);
    }
    for (const [id, part] of after) {
      const known = before.get(id);
      if (known !== part) {
        addNames(known, part, changes);
        for (const [key, entries] of part.sources ?? []) this.#sources?.set(key, entries);
        this.#claim(id, known, part, changes);
      }
      this.#step();
    }
    if (after.size === 0) this.#groups.delete(group);
    else this.#groups.set(group, after);
  }

  #part(from: Part['from'], { names, claims, sources }: CompiledUnit): Part {
    if (this.#sources !== undefined) return { from, names, claims, sources };
    return { from, names, claims: claims?.map(withoutEntry) };
  }

  #claim(
    id: string,
    before: Part | undefined,
    after: Part | undefined,
    changes: NameChanges,
  ): void {
    this.#addresses.replace(id, before?.claims ?? [], after?.claims ?? [], changes);
  }
}

function withoutEntry({ reverse, target, isClusterIP, host }: AddressClaim): AddressClaim {
  return { reverse, target, isClusterIP, host };
}

function removeNames(before: Part, after: Part | undefined, changes: NameChanges): void {
  for (const key of before.names.keys()) {
    if (!after?.names.has(key)) changes.set(key, null);
  }
}

function addNames(before: Part | undefined, { names }: Part, changes: NameChanges): void {
  for (const [key, name] of names) {
    if (before?.names.get(key) !== name) changes.set(key, name);
  }
}

/** The addresses that we listen on, as bytes. */
export function serverAddressBytes({ serverAddresses }: ClusterChange): Uint8Array[] {
  return serverAddresses.map(addressBytes).filter((bytes) => bytes !== undefined);
}
