import { reverseLabels } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyOf, type NameKey, parentOf } from '../dns/name.ts';
import { nameRecord } from '../dns/record.ts';
import { longestZone } from '../dns/zones.ts';
import { pushTo } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import type { ServedZone } from './apex.ts';
import { type PackedName, packName } from './packed-name.ts';
import type { AddressEntry, ObjectEntry } from './records.ts';

/** A unit says that it can be found at an address. */
export interface AddressClaim {
  /** The address, as the reverse name that leads to it: see `reverseKey`. */
  readonly reverse: NameKey;
  /** The objects that the address comes from, when they are kept. */
  readonly entry?: ObjectEntry;
  /**
   * The name that a PTR record points to, relative to the primary zone; undefined when there is no
   * such record.
   */
  readonly target: NameKey | undefined;
  /** A Service's own address beats endpoints that have the same one. */
  readonly isClusterIP: boolean;
  /**
   * What NS records name when we are at this address: the Service, or the endpoints of our slice.
   */
  readonly host: readonly AddressEntry[];
}

/** A claim with the unit that makes it: of several units the first by `id` wins. */
interface OwnedClaim {
  readonly id: string;
  readonly claim: AddressClaim;
}

/**
 * Who can be found at which address, over all namespaces: PTR records are the one place where
 * namespaces meet.
 */
export class ReverseIndex {
  readonly #zones: readonly ServedZone[];
  readonly #primary: NameKey | undefined;
  readonly #ttl: number;
  readonly #claims = new Map<NameKey, OwnedClaim[]>();
  readonly #published = new Set<NameKey>();
  /** How many published names are below each empty non-terminal. */
  readonly #below = new Map<NameKey, number>();

  constructor(zones: readonly ServedZone[], ttl: number) {
    this.#zones = zones.filter((zone) => zone.isReverse);
    this.#primary = zones.find((zone) => !zone.isReverse)?.key;
    this.#ttl = ttl;
  }

  /**
   * Replaces the claims of one unit and adds what changes to `changes`: null for a name that is
   * gone.
   */
  replace(
    id: string,
    before: readonly AddressClaim[],
    after: readonly AddressClaim[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    /** What each address led to before. */
    const touched = new Map<NameKey, string>();
    const touch = ({ reverse: key }: AddressClaim) => {
      if (!touched.has(key)) touched.set(key, this.#targets(key).join());
      return key;
    };
    for (const claim of before) {
      const key = touch(claim);
      const left = (this.#claims.get(key) ?? []).filter((one) => one.id !== id);
      if (left.length === 0) this.#claims.delete(key);
      else this.#claims.set(key, left);
    }
    for (const claim of after) pushTo(this.#claims, touch(claim), { id, claim });
    // Addresses that lead where they did are not mentioned.
    for (const [key, known] of touched) {
      const targets = this.#targets(key);
      if (targets.join() !== known) this.#publish(key, targets, changes);
    }
  }

  /**
   * The hosts that a server at these addresses is known by, for NS records. Loopback addresses lead
   * nobody to us, so they find none.
   */
  hostsOf(addresses: readonly Uint8Array[]): AddressClaim['host'] {
    return addresses
      .filter((address) => !isLoopback(address))
      .flatMap((address) => sorted(this.#claims.get(reverseKey(address)) ?? []))
      .flatMap(({ claim }) => claim.host);
  }

  /** The PTR records of a reverse zone's own name: of one that is a single address. */
  apexPointers({ key, isReverse }: ServedZone): PreparedAnswer[] {
    const pointers = isReverse ? this.#pointers(key, key, this.#targets(key)) : undefined;
    return pointers === undefined ? [] : [pointers];
  }

  #pointers(key: NameKey, zone: NameKey, targets: readonly NameKey[]): PreparedAnswer | undefined {
    const primary = this.#primary;
    if (targets.length === 0 || primary === undefined) return undefined;
    const records = targets.map((target) => nameRecord(key, Type.PTR, target + primary, this.#ttl));
    return prepareAnswer(key, zone, records);
  }

  #publish(
    key: NameKey,
    targets: readonly NameKey[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    const zone = longestZone(key, this.#zones);
    // A zone of one address: its apex has other records too, and is compiled with them.
    if (zone === undefined || zone.key === key) return;
    const pointers = this.#pointers(key, zone.key, targets);
    if (pointers === undefined) changes.set(key, null);
    else changes.set(key, packName(zone.index, [pointers]));
    this.#count(key, zone, pointers === undefined ? -1 : 1, changes);
  }

  /**
   * A cluster IP belongs to one Service, the first if manifests give it to two; endpoints can be
   * shared.
   */
  #used(key: NameKey): AddressClaim[] {
    const known = this.#claims.get(key);
    if (known === undefined) return [];
    const claims = sorted(known).map(({ claim }) => claim);
    const cluster = claims.find(({ isClusterIP }) => isClusterIP);
    return cluster === undefined ? claims : [cluster];
  }

  #targets(key: NameKey): NameKey[] {
    const targets = this.#used(key).flatMap(({ target }) => target ?? []);
    return targets.length < 2 ? targets : [...new Set(targets)];
  }

  /** What the PTR record of an address comes from that leads to `name`. */
  pointerSources(key: NameKey, name: NameKey): ObjectEntry[] {
    return this.#used(key)
      .filter(({ target }) => target !== undefined && target + this.#primary === name)
      .flatMap(({ entry }) => entry ?? []);
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

function sorted(claims: readonly OwnedClaim[]): readonly OwnedClaim[] {
  if (claims.length < 2) return claims;
  return [...claims].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1;
}

/** The reverse name of an address. One for each is kept, so it is a text on its own. */
export function reverseKey(address: Uint8Array): NameKey {
  return keyOf(reverseLabels(address));
}
