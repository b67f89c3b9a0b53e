import type { IpFamily } from '../../kube/objects.ts';
import { type NumberedRange, numberedRange } from './numbered-range.ts';

/** Host numbers of a range set aside for one owner: `default/kubernetes` is always 10.96.0.1. */
export type Reservations = ReadonlyMap<string, number>;

/** Used addresses in a row that are not noted to be skipped. */
const LONG_PATH = 8;

/**
 * Finds free addresses of a range. Where an owner's search begins follows from its name alone, so
 * that the same Services get the same addresses even on a machine that remembers nothing.
 */
export class AddressSearch {
  readonly cidr: string;
  readonly family: IpFamily;
  readonly #range: NumberedRange;
  readonly #reservations: Reservations;
  readonly #reserved: ReadonlySet<number>;
  /** In the order in which they are used up. */
  readonly #bands: readonly Band[];
  /** What new owners are not given: in use, named, kept or reserved. */
  readonly #used = new Set<number>();

  /** @throws RangeError when `cidr` is no range that can be counted: see `rangeFault`. */
  constructor(cidr: string, reservations: Reservations) {
    this.cidr = cidr;
    this.#range = numberedRange(cidr);
    const { family, size } = this.#range;
    this.family = family;
    // The first of a range is its network's, and the last of an IPv4 range is its broadcast
    // address.
    const last = size - (family === 'IPv4' ? 2 : 1);
    const band = staticBand(size);
    this.#bands = [new Band(band + 1, last), new Band(1, band)];
    this.#reservations = reservations;
    this.#reserved = new Set([...reservations.values()].filter((host) => host <= last));
    for (const host of this.#reserved) this.#use(host);
  }

  /** The number of an address that can be given out; undefined for any other. */
  hostOf(address: string): number | undefined {
    const host = this.#range.host(address);
    return host !== undefined && this.#bandOf(host) ? host : undefined;
  }

  /** The address that is set aside for this owner. */
  reservedFor(owner: string): string | undefined {
    const host = this.#reservations.get(owner);
    return host !== undefined && this.#reserved.has(host) ? this.#range.text(host) : undefined;
  }

  /** Is it of the range, and not set aside for another owner? */
  mayHave(owner: string, address: string): boolean {
    const host = this.hostOf(address);
    if (host === undefined) return false;
    return !this.#reserved.has(host) || this.#reservations.get(owner) === host;
  }

  /** Notes that an address of the range comes into use, or is no longer used. */
  setUsed(address: string, isUsed: boolean): void {
    const host = this.hostOf(address);
    if (host === undefined || this.#reserved.has(host)) return;
    if (isUsed) this.#use(host);
    else this.#free(host);
  }

  /**
   * An unused address; else one of `spare`. Rather that than one of the band that is left to those
   * who choose their own.
   */
  find(owner: string, spare: () => Iterable<string>): string | undefined {
    for (const band of this.#bands) {
      const host = this.#search(owner, band) ?? this.#firstOf(spare(), band);
      if (host !== undefined) return this.#range.text(host);
    }
    return undefined;
  }

  #firstOf(addresses: Iterable<string>, band: Band): number | undefined {
    for (const address of addresses) {
      const host = this.hostOf(address);
      if (host !== undefined && band.has(host) && !this.#reserved.has(host)) return host;
    }
    return undefined;
  }

  /** The next unused address from where the owner's name says. */
  #search(owner: string, { first, size, unused, jumps }: Band): number | undefined {
    if (unused === 0) return undefined;
    const path: number[] = [];
    let at = hash(owner) % size;
    while (this.#used.has(first + at)) {
      path.push(at);
      at = jumps.get(at) ?? (at + 1) % size;
    }
    if (path.length > LONG_PATH) for (const passed of path) jumps.set(passed, at);
    return first + at;
  }

  #use(host: number): void {
    const band = this.#bandOf(host);
    if (band === undefined || this.#used.has(host)) return;
    this.#used.add(host);
    band.unused--;
  }

  #free(host: number): void {
    const band = this.#bandOf(host);
    if (band === undefined || !this.#used.delete(host)) return;
    band.unused++;
    band.jumps.clear();
  }

  #bandOf(host: number): Band | undefined {
    return this.#bands.find((band) => band.has(host));
  }
}

/** A part of a range, both ends included. */
class Band {
  readonly first: number;
  readonly last: number;
  /** Addresses that no owner has or had: without any, nothing is searched. */
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
export function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
