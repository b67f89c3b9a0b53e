import { reverseLabels } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyOf, type NameKey, parentOf } from '../dns/name.ts';
import { nameRecord } from '../dns/record.ts';
import { longestZone } from '../dns/zones.ts';
import { groupBy, sameItems } from '../support/collections.ts';
import { type PreparedAnswer, prepareAnswer } from './answer.ts';
import type { ServedZone } from './apex.ts';
import { type PackedName, packName } from './packed-name.ts';
import { quickPointer } from './quick-name.ts';
import type { AddressEntry, ObjectEntry } from './records.ts';

/** A unit says that it can be found at an address. */
export interface AddressClaim {
  /** The address, as the reverse name that leads to it: see `reverseKey`. */
  readonly reverse: NameKey;
  /** The objects that the address comes from. */
  readonly entry: ObjectEntry;
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

/** Who makes claims: of several at one address the first by `id` wins. */
export interface Claimant {
  readonly id: string;
  /** As it is now: another one when it changes. */
  readonly unit: { compile(): { readonly claims?: readonly AddressClaim[] | undefined } };
}

/** What is kept of a claim; the rest is found by compiling its unit again. */
interface OwnedClaim {
  readonly claimant: Claimant;
  /** Its place among the claims that the unit makes to the address. */
  readonly at: number;
  readonly target: NameKey | undefined;
  readonly isClusterIP: boolean;
}

/**
 * Who can be found at which address, over all namespaces: PTR records are the one place where
 * namespaces meet.
 */
export class ReverseIndex {
  readonly #zones: readonly ServedZone[];
  readonly #primary: NameKey | undefined;
  readonly #ttl: number;
  /** Most addresses have one, and a list of one would take as much again. */
  readonly #claims = new Map<NameKey, OwnedClaim | readonly OwnedClaim[]>();
  /** The claims of units that were asked for, by address, as long as these are. */
  readonly #compiled = new WeakMap<Claimant['unit'], ReadonlyMap<NameKey, AddressClaim[]>>();
  /** How many names exist right below each empty non-terminal. */
  readonly #below = new Map<NameKey, number>();

  constructor(zones: readonly ServedZone[], ttl: number) {
    this.#zones = zones.filter((zone) => zone.isReverse);
    this.#primary = zones.find((zone) => !zone.isReverse)?.key;
    this.#ttl = ttl;
  }

  /**
   * Replaces what one unit claims and adds what changes to `changes`: null for a name that is gone.
   * Of an address that is named, `before` and `after` are all that it claims or claimed there.
   */
  replace(
    claimant: Claimant,
    before: readonly AddressClaim[],
    after: readonly AddressClaim[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    if (before.length === 0) this.#enter(claimant, after, changes);
    else this.#exchange(claimant, before, after, changes);
  }

  /** A load is nothing but these: one address after the other, without a list of them. */
  #enter(
    claimant: Claimant,
    claims: readonly AddressClaim[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    /** Of addresses that are claimed once more: what they led to before that. */
    let again: Map<NameKey, readonly NameKey[]> | undefined;
    for (const { reverse: key, target, isClusterIP } of claims) {
      if (!this.#claims.has(key)) {
        this.#claims.set(key, { claimant, at: 0, target, isClusterIP });
        this.#publish(key, NO_TARGETS, changes, target === undefined ? NO_TARGETS : [target]);
        continue;
      }
      const isAgain = this.#at(key).at(-1)?.claimant === claimant;
      const before = again?.get(key) ?? this.#targets(key);
      this.#add(key, claimant, target, isClusterIP);
      if (isAgain) again = (again ?? new Map()).set(key, before);
      else this.#publish(key, before, changes);
    }
    for (const [key, before] of again ?? []) this.#publish(key, before, changes);
  }

  #exchange(
    claimant: Claimant,
    before: readonly AddressClaim[],
    after: readonly AddressClaim[],
    changes: Map<NameKey, PackedName | null>,
  ): void {
    /** What each address led to before. */
    const touched = new Map<NameKey, readonly NameKey[]>();
    for (const { reverse: key } of before) {
      if (touched.has(key)) continue;
      touched.set(key, this.#targets(key));
      this.#set(
        key,
        this.#at(key).filter((claim) => claim.claimant !== claimant),
      );
    }
    for (const { reverse: key, target, isClusterIP } of after) {
      if (!touched.has(key)) touched.set(key, this.#targets(key));
      this.#add(key, claimant, target, isClusterIP);
    }
    for (const [key, known] of touched) this.#publish(key, known, changes);
  }

  /** Who claims an address, in no order. */
  #at(key: NameKey): readonly OwnedClaim[] {
    const known = this.#claims.get(key);
    if (known === undefined) return NO_CLAIMS;
    return 'claimant' in known ? [known] : known;
  }

  #add(key: NameKey, claimant: Claimant, target: NameKey | undefined, isClusterIP: boolean): void {
    const known = this.#at(key);
    const at = known === NO_CLAIMS ? 0 : known.filter((one) => one.claimant === claimant).length;
    const claim = { claimant, at, target, isClusterIP };
    this.#claims.set(key, known.length === 0 ? claim : [...known, claim]);
  }

  #set(key: NameKey, claims: readonly OwnedClaim[]): void {
    const [only] = claims;
    if (only === undefined) this.#claims.delete(key);
    else this.#claims.set(key, claims.length === 1 ? only : claims);
  }

  /**
   * The hosts that a server at these addresses is known by, for NS records. Loopback addresses do
   * not lead to us, so they find none. The same entries while their units are.
   */
  hostsOf(addresses: readonly Uint8Array[]): AddressClaim['host'] {
    return addresses
      .filter((address) => !isLoopback(address))
      .map(reverseKey)
      .flatMap((key) => sorted(this.#at(key)).flatMap((one) => this.#whole(key, one)?.host ?? []));
  }

  #whole(key: NameKey, { claimant: { unit }, at }: OwnedClaim): AddressClaim | undefined {
    let claims = this.#compiled.get(unit);
    if (claims === undefined) {
      claims = groupBy(unit.compile().claims ?? [], ({ reverse }) => reverse);
      this.#compiled.set(unit, claims);
    }
    return claims.get(key)?.[at];
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

  /** Its PTR records, packed; null when there are none. */
  #packed(key: NameKey, zone: ServedZone, targets: readonly NameKey[]): PackedName | null {
    const [first, ...others] = targets;
    if (first === undefined || this.#primary === undefined) return null;
    const quick =
      others.length > 0 ? undefined : quickPointer(zone, first + this.#primary, this.#ttl);
    if (quick !== undefined) return quick;
    const pointers = this.#pointers(key, zone.key, targets);
    return pointers === undefined ? null : packName(zone.index, [pointers]);
  }

  /** An address that leads where it did before is not mentioned. */
  #publish(
    key: NameKey,
    before: readonly NameKey[],
    changes: Map<NameKey, PackedName | null>,
    targets = this.#targets(key),
  ): void {
    if (sameItems(targets, before)) return;
    const zone = longestZone(key, this.#zones);
    // A zone of one address: its apex has other records too, and is compiled with them.
    if (zone === undefined || zone.key === key) return;
    changes.set(key, this.#packed(key, zone, targets));
    if (this.#primary === undefined) return;
    if (before.length === 0) this.#count(key, zone, 1, changes);
    if (targets.length === 0) this.#count(key, zone, -1, changes);
  }

  /**
   * A cluster IP belongs to one Service, the first if manifests give it to two; endpoints can be
   * shared.
   */
  #used(key: NameKey): readonly OwnedClaim[] {
    const claims = sorted(this.#at(key));
    const cluster = claims.find(({ isClusterIP }) => isClusterIP);
    return cluster === undefined ? claims : [cluster];
  }

  #targets(key: NameKey): readonly NameKey[] {
    const known = this.#claims.get(key);
    if (known === undefined) return NO_TARGETS;
    if ('claimant' in known) return known.target === undefined ? NO_TARGETS : [known.target];
    const targets = this.#used(key).flatMap(({ target }) => target ?? []);
    return targets.length < 2 ? targets : [...new Set(targets)];
  }

  /** What the PTR record of an address comes from that leads to `name`. */
  pointerSources(key: NameKey, name: NameKey): ObjectEntry[] {
    return this.#used(key)
      .filter(({ target }) => target !== undefined && target + this.#primary === name)
      .flatMap((owned) => this.#whole(key, owned)?.entry ?? []);
  }

  /** Counts a name at its parent, and that at its own when it comes or goes. */
  #count(
    key: NameKey,
    zone: ServedZone,
    step: 1 | -1,
    changes: Map<NameKey, PackedName | null>,
  ): void {
    for (let parent = parentOf(key); parent.length > zone.key.length; parent = parentOf(parent)) {
      const below = (this.#below.get(parent) ?? 0) + step;
      if (below === 0) {
        this.#below.delete(parent);
        changes.set(parent, null);
        continue;
      }
      this.#below.set(parent, below);
      if (step === -1 || below > 1) return;
      changes.set(parent, packName(zone.index, []));
    }
  }
}

function sorted(claims: readonly OwnedClaim[]): readonly OwnedClaim[] {
  if (claims.length < 2) return claims;
  return [...claims].sort(({ claimant: { id: a } }, { claimant: { id: b } }) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
}

const NO_CLAIMS: readonly OwnedClaim[] = [];
const NO_TARGETS: readonly NameKey[] = [];

function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1;
}

/** The reverse name of an address. One for each is kept, so it is a text on its own. */
export function reverseKey(address: Uint8Array): NameKey {
  if (address.length !== 4) return keyOf(reverseLabels(address));
  let key = '';
  for (const byte of address) key = OCTETS[byte] + key;
  return (key + IN_ADDR_ARPA) as NameKey;
}

/** Each byte of an IPv4 address as a label. */
const OCTETS = Array.from({ length: 256 }, (_, byte) => keyOf([`${byte}`]));
const IN_ADDR_ARPA = keyOf(['in-addr', 'arpa']);
