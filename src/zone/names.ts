import { Type } from '../dns/codes.ts';
import {
  isAtOrBelow,
  keyFromText,
  MAX_NAME_BYTES,
  NameError,
  type NameKey,
  parentOf,
} from '../dns/name.ts';
import { nameRecord } from '../dns/record.ts';
import type { KubeObject } from '../kube/objects.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import { packName } from './packed-name.ts';
import { quickName } from './quick-name.ts';
import { aliasEntry, answersOf, type ObjectEntry } from './records.ts';
import { LazyName, type PackAnswers, type UnitName, type ZoneOfName } from './unit-name.ts';

/**
 * Collects names relative to the zones and compiles each for every forward zone, with the empty
 * non-terminals between it and `top`.
 */
export class NameSink {
  readonly names = new Map<NameKey, UnitName>();
  readonly ttl: number;
  readonly #zones: readonly ZoneOfName[];
  /** Where the names that are compiled elsewhere begin, in each zone. */
  readonly #tops: readonly NameKey[];

  /** `top` is relative to the zones; names above it are compiled elsewhere. */
  constructor(zones: readonly ZoneOfName[], top: NameKey, ttl: number) {
    this.#zones = zones;
    this.#tops = zones.map((zone) => (top + zone.key) as NameKey);
    this.ttl = ttl;
  }

  /**
   * There are no zones to compile for: the namespace is hidden, and nothing may be led to its
   * names.
   */
  get isHidden(): boolean {
    return this.#zones.length === 0;
  }

  /** Adds the A, AAAA and SRV records that `entries` give. */
  addEntries(name: NameKey, entries: readonly ObjectEntry[], sources = entries): void {
    const { ttl } = this;
    const pack = (owner: NameKey, zone: ZoneOfName) =>
      quickName(owner, zone, entries, ttl) ??
      packName(zone.index, answersOf(owner, zone.key, entries, ttl));
    this.#add(name, pack, sources, entries);
  }

  /**
   * Adds an alias. RFC 1034 section 3.6.2: "If a CNAME RR is present at a node, no other data
   * should be present", so it takes the place of other answers.
   */
  addAlias(name: NameKey, target: NameKey, object: KubeObject): void {
    const answers = (owner: NameKey, zone: NameKey) => [
      prepareAnswer(owner, zone, [nameRecord(owner, Type.CNAME, target, this.ttl)]),
    ];
    this.#add(name, packing(answers), [aliasEntry(object, target)]);
  }

  /** Adds a name whose answers `prepare` encodes for one zone. */
  add(name: NameKey, prepare: (owner: NameKey, zone: NameKey) => PreparedAnswer[]): void {
    this.#add(name, packing(prepare), []);
  }

  #add(
    name: NameKey,
    pack: PackAnswers,
    sources: readonly ObjectEntry[],
    entries?: readonly ObjectEntry[],
  ): void {
    for (const [at, zone] of this.#zones.entries()) {
      const key = (name + zone.key) as NameKey;
      // Only a very long zone makes a Kubernetes name this long, and no question could carry it.
      if (key.length + 1 > MAX_NAME_BYTES) continue;
      this.names.set(key, new LazyName(key, zone, pack, entries, sources));
      this.#addParents(key, this.#tops[at]!, zone.index);
    }
  }

  /** RFC 8020: a name with names below it exists, even without records of its own. */
  #addParents(key: NameKey, top: NameKey, zone: number): void {
    for (let parent = parentOf(key); isAtOrBelow(parent, top); parent = parentOf(parent)) {
      if (parent === top || this.names.has(parent)) return;
      this.names.set(parent, packName(zone, []));
    }
  }
}

function packing(prepare: (owner: NameKey, zone: NameKey) => PreparedAnswer[]): PackAnswers {
  return (owner, { index, key }) => packName(index, prepare(owner, key));
}

/** The key of a host name in an object; undefined for one that no message could carry. */
export function hostKey(text: string): NameKey | undefined {
  try {
    return keyFromText(text);
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
