import { reverseLabels } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { isAtOrBelow, keyOf, type NameKey, parentOf } from '../dns/name.ts';
import { nameRecord } from '../dns/record.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import type { ServedZone } from './apex.ts';
import { type PackedName, packName } from './packed-name.ts';
import type { ReverseEntry } from './service.ts';

/** One Service's claim on an address; `order` decides between Services: `namespace/name`. */
interface Claim {
  readonly order: string;
  readonly entry: ReverseEntry;
}

/**
 * Who can be found at which address, over all namespaces: PTR records are the one place where
 * namespaces meet.
 */
export class ReverseIndex {
  readonly #zones: readonly ServedZone[];
  readonly #primary: NameKey | undefined;
  readonly #ttl: number;
  readonly #claims = new Map<NameKey, Claim[]>();
  readonly #published = new Set<NameKey>();
  /** How many published names stand below each empty non-terminal. */
  readonly #below = new Map<NameKey, number>();

  constructor(zones: readonly ServedZone[], ttl: number) {
    this.#zones = zones.filter((zone) => zone.isReverse);
    this.#primary = zones.find((zone) => !zone.isReverse)?.key;
    this.#ttl = ttl;
  }

  /**
   * Replaces the claims of one Service and adds what changes to `changes`: null for a name
   * that is gone.
   */
  replace(
    order: string,
    before: readonly ReverseEntry[],
    after: readonly ReverseEntry[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    const touched = new Set<NameKey>();
    for (const entry of before) {
      const key = reverseKey(entry.address);
      touched.add(key);
      const left = (this.#claims.get(key) ?? []).filter((claim) => claim.order !== order);
      if (left.length === 0) this.#claims.delete(key);
      else this.#claims.set(key, left);
    }
    for (const entry of after) {
      const key = reverseKey(entry.address);
      touched.add(key);
      const claims = this.#claims.get(key);
      if (claims === undefined) this.#claims.set(key, [{ order, entry }]);
      else claims.push({ order, entry });
    }
    for (const key of touched) this.#publish(key, changes);
  }

  /** The hosts that a server at this address is known by, for NS records. */
  hostsAt(address: Uint8Array): ReverseEntry['host'] {
    const claims = this.#claims.get(reverseKey(address)) ?? [];
    return sorted(claims).flatMap((claim) => claim.entry.host);
  }

  /** The PTR records of the name `key`; undefined when nobody is found there. */
  pointers(key: NameKey, zone: ServedZone): PreparedAnswer | undefined {
    const targets = this.#targets(key);
    const primary = this.#primary;
    if (targets.length === 0 || primary === undefined) return undefined;
    const records = targets.map((target) => nameRecord(key, Type.PTR, target + primary, this.#ttl));
    return prepareAnswer(key, zone.key, records);
  }

  #publish(key: NameKey, changes: Map<NameKey, PackedName | null>): void {
    const zone = zoneOf(key, this.#zones);
    // A zone of one address: its apex has other records too, and is compiled with them.
    if (zone === undefined || zone.key === key) return;
    const pointers = this.pointers(key, zone);
    if (pointers === undefined) changes.set(key, null);
    else changes.set(key, packName(zone.index, [pointers]));
    this.#count(key, zone, pointers === undefined ? -1 : 1, changes);
  }

  /**
   * A cluster IP belongs to one Service, the first if manifests give it to two; endpoints can be
   * shared.
   */
  #targets(key: NameKey): NameKey[] {
    const claims = sorted(this.#claims.get(key) ?? []);
    const cluster = claims.find((claim) => claim.entry.isClusterIP);
    if (cluster !== undefined) return [cluster.entry.target];
    return [...new Set(claims.map((claim) => claim.entry.target))];
  }

  /** Keeps the count of published names below each parent up to date, once per name. */
  #count(
    key: NameKey,
    zone: ServedZone,
    step: 1 | -1,
    changes: Map<NameKey, PackedName | null>,
  ): void {
    if ((step === 1) === this.#published.has(key)) return;
    if (step === 1) this.#published.add(key);
    else this.#published.delete(key);
    for (let parent = parentOf(key); parent.length > zone.key.length; parent = parentOf(parent)) {
      const below = (this.#below.get(parent) ?? 0) + step;
      if (below === 0) {
        this.#below.delete(parent);
        changes.set(parent, null);
        continue;
      }
      this.#below.set(parent, below);
      if (step === 1 && below === 1) {
        changes.set(parent, packName(zone.index, []));
      }
    }
  }
}

/** The longest reverse zone that the name is in. */
export function zoneOf(key: NameKey, zones: readonly ServedZone[]): ServedZone | undefined {
  return zones
    .filter((zone) => isAtOrBelow(key, zone.key))
    .reduce<ServedZone | undefined>(
      (best, zone) => (best === undefined || zone.key.length > best.key.length ? zone : best),
      undefined,
    );
}

function sorted(claims: readonly Claim[]): Claim[] {
  return [...claims].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
}

function reverseKey(address: Uint8Array): NameKey {
  return keyOf(reverseLabels(address));
}
