import type { IpFamily } from '../../kube/objects.ts';
import type { Allocation } from './address-ledger.ts';
import { type NumberedRange, numberedRange } from './numbered-range.ts';

/** Host numbers of a range set aside for one owner: `default/kubernetes` is always 10.96.0.1. */
export type Reservations = ReadonlyMap<string, number>;

/** Used addresses in a row that are not noted to be skipped. */
const LONG_PATH = 8;

/** Addresses kept for owners that have none now, in case they come back. */
const MAX_KEPT = 10_000;

/**
 * Hands out addresses of a range. Where an owner's search begins follows from its name alone, so
 * that the same Services get the same addresses even on a machine that remembers nothing.
 *
 * An address once given is kept for its owner: nobody else gets it as long as there are others.
 */
export class AddressPool {
  readonly cidr: string;
  readonly family: IpFamily;
  readonly #range: NumberedRange;
  readonly #reservations: Reservations;
  readonly #reserved: ReadonlySet<number>;
  /** In the order in which they are used up. */
  readonly #bands: readonly Band[];
  readonly #given = new Map<number, string>();
  /** How many manifests name each address. */
  readonly #named = new Map<number, number>();
  /** Where those are to go who have no address now; the longest without one first. */
  readonly #kept = new Map<string, number>();
  readonly #keptFor = new Map<number, string>();
  /** For how many reasons a new owner does not get an address: given, named, kept or reserved. */
  readonly #uses = new Map<number, number>();
  #maxKept = MAX_KEPT;

  /** @throws RangeError when `cidr` is no range that can be counted: see `rangeFault`. */
  constructor(cidr: string, reservations: Reservations = NO_RESERVATIONS) {
    this.cidr = cidr;
    this.#range = numberedRange(cidr);
    this.family = this.#range.family;
    // The first of a range is its network's, and the last of an IPv4 range is its broadcast
    // address.
    const last = this.#range.size - (this.family === 'IPv4' ? 2 : 1);
    const band = staticBand(this.#range.size);
    this.#bands = [new Band(band + 1, last), new Band(1, band)];
    this.#reservations = reservations;
    this.#reserved = new Set([...reservations.values()].filter((host) => host <= last));
    for (const host of this.#reserved) this.#use(host);
  }

  /** Takes up what was given before; what others have now, and other ranges, are passed over. */
  remember(allocations: Iterable<Allocation>): void {
    for (const { owner, address } of allocations) {
      const host = this.#hostOf(address);
      if (host === undefined || this.#given.has(host) || this.#keptFor.has(host)) continue;
      if (this.#reserved.has(host) && this.#reservations.get(owner) !== host) continue;
      this.#forget(owner);
      this.#kept.set(owner, host);
      this.#keptFor.set(host, owner);
      this.#use(host);
    }
    // All of it: before the manifests have been read, every owner looks as if it were gone.
    this.#maxKept = Math.max(this.#maxKept, this.#kept.size);
  }

  /** What is to be remembered; of owners that are gone the last ones only. */
  *allocations(): Iterable<Allocation> {
    let excess = this.#kept.size - MAX_KEPT;
    for (const [owner, host] of this.#kept) {
      if (excess-- <= 0) yield { owner, address: this.#range.text(host) };
    }
    for (const [host, owner] of [...this.#given].sort(([a], [b]) => a - b)) {
      yield { owner, address: this.#range.text(host) };
    }
  }

  /** Is this an address that the range has to give? */
  has(address: string): boolean {
    return this.#hostOf(address) !== undefined;
  }

  /** Is there an address kept for this owner that it can have? */
  keeps(owner: string): boolean {
    const host = this.#kept.get(owner);
    return host !== undefined && !this.#named.has(host);
  }

  /** An address that nobody has; undefined when there is none. */
  allocate(owner: string): string | undefined {
    const host = this.#findFree(owner);
    if (host === undefined) return undefined;
    this.#forget(owner);
    this.#forget(this.#keptFor.get(host));
    this.#given.set(host, owner);
    this.#use(host);
    return this.#range.text(host);
  }

  /** Takes an address back, and keeps it for whoever had it. */
  release(address: string): void {
    const host = this.#hostOf(address);
    if (host !== undefined) this.#takeBack(host);
  }

  /** A manifest names this address: it is not to be handed out. Returns who has to give it up. */
  block(address: string): string | undefined {
    const host = this.#hostOf(address);
    if (host === undefined) return undefined;
    const times = this.#named.get(host) ?? 0;
    this.#named.set(host, times + 1);
    if (times === 0) this.#use(host);
    return this.#takeBack(host);
  }

  unblock(address: string): void {
    const host = this.#hostOf(address);
    const times = host === undefined ? undefined : this.#named.get(host);
    if (host === undefined || times === undefined) return;
    if (times > 1) {
      this.#named.set(host, times - 1);
    } else {
      this.#named.delete(host);
      this.#unuse(host);
    }
  }

  #findFree(owner: string): number | undefined {
    if (this.keeps(owner)) return this.#kept.get(owner);
    const own = this.#reservations.get(owner);
    if (own !== undefined && this.#reserved.has(own) && !this.#isTaken(own)) return own;
    for (const band of this.#bands) {
      // Rather somebody's who is gone than one of the static band.
      const host = this.#search(owner, band) ?? this.#longestKept(band);
      if (host !== undefined) return host;
    }
    return undefined;
  }

  /** An address of no use to anybody yet, the next one from where the owner's name says. */
  #search(owner: string, { first, size, unused, jumps }: Band): number | undefined {
    if (unused === 0) return undefined;
    const path: number[] = [];
    let at = hash(owner) % size;
    while (this.#uses.has(first + at)) {
      path.push(at);
      at = jumps.get(at) ?? (at + 1) % size;
    }
    if (path.length > LONG_PATH) for (const passed of path) jumps.set(passed, at);
    return first + at;
  }

  #longestKept(band: Band): number | undefined {
    for (const host of this.#kept.values()) {
      if (band.has(host) && !this.#named.has(host) && !this.#reserved.has(host)) return host;
    }
    return undefined;
  }

  #isTaken(host: number): boolean {
    return this.#given.has(host) || this.#named.has(host);
  }

  /** Returns who had it. */
  #takeBack(host: number): string | undefined {
    const owner = this.#given.get(host);
    if (owner === undefined) return undefined;
    this.#given.delete(host);
    this.#forget(owner);
    this.#kept.set(owner, host);
    this.#keptFor.set(host, owner);
    if (this.#kept.size > this.#maxKept) {
      const [longest] = this.#kept.keys();
      this.#forget(longest);
    }
    return owner;
  }

  #forget(owner: string | undefined): void {
    const host = owner === undefined ? undefined : this.#kept.get(owner);
    if (owner === undefined || host === undefined) return;
    this.#kept.delete(owner);
    this.#keptFor.delete(host);
    this.#unuse(host);
  }

  /** The number of an address that can be given out. */
  #hostOf(address: string): number | undefined {
    const host = this.#range.host(address);
    return host !== undefined && this.#bandOf(host) ? host : undefined;
  }

  #bandOf(host: number): Band | undefined {
    return this.#bands.find((band) => band.has(host));
  }

  #use(host: number): void {
    const reasons = this.#uses.get(host) ?? 0;
    this.#uses.set(host, reasons + 1);
    const band = this.#bandOf(host);
    if (reasons === 0 && band) band.unused--;
  }

  #unuse(host: number): void {
    const reasons = this.#uses.get(host) ?? 0;
    if (reasons > 1) {
      this.#uses.set(host, reasons - 1);
      return;
    }
    this.#uses.delete(host);
    const band = this.#bandOf(host);
    if (band === undefined) return;
    band.unused++;
    band.jumps.clear();
  }
}

const NO_RESERVATIONS: Reservations = new Map();

/** A part of a range, both ends included. */
class Band {
  readonly first: number;
  readonly last: number;
  /** Addresses that no owner has or had: so that nobody searches in vain. */
  unused: number;
  /**
   * From used addresses to later ones, with nothing unused between: or filling a range would take
   * quadratic time.
   */
  readonly jumps = new Map<number, number>();

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
    this.unused = this.size;
  }

  get size(): number {
    return this.last - this.first + 1;
  }

  has(host: number): boolean {
    return host >= this.first && host <= this.last;
  }
}

/**
 * How many addresses at the beginning of a range are left to those who choose their own, as the API
 * server's: "the lower band … min(max(16, cidrSize / 16), 256)" (kubernetes.io, "Service ClusterIP
 * allocation"). They are given out when nothing else is left. A range of 16 has no such band.
 */
function staticBand(size: number): number {
  if (size <= 16) return 0;
  return Math.min(Math.max(16, Math.floor(size / 16)), 256);
}

/**
 * FNV-1a, stirred once more (MurmurHash3's last step): FNV's low bits barely differ for `a1`, `a2`.
 */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
