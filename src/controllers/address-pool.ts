import { ipv6Groups, ipv6Text } from '../kube/ip.ts';
import type { IpFamily } from '../kube/objects.ts';

/** Largest pool: 2^20 addresses, which is also the most that kube-apiserver takes from a range. */
const MAX_BITS = 20;

/** Host numbers of a range set aside for one owner: `default/kubernetes` is always 10.96.0.1. */
export type Reservations = ReadonlyMap<string, number>;

/**
 * Hands out addresses of a range. Where an owner's search begins follows from its name alone, so
 * that the same Services get the same addresses after a restart.
 */
export class AddressPool {
  readonly cidr: string;
  readonly #range: Range;
  readonly #reservations: Reservations;
  readonly #reserved: ReadonlySet<number>;
  readonly #owners = new Map<number, string>();
  /** How many manifests name each address. */
  readonly #blocked = new Map<number, number>();

  constructor(cidr: string, reservations: Reservations) {
    this.cidr = cidr;
    this.#range = rangeOf(cidr);
    this.#reservations = reservations;
    this.#reserved = new Set(reservations.values());
  }

  /** An address that nobody has; undefined when there is none. */
  allocate(owner: string): string | undefined {
    const host = this.#findFree(owner);
    if (host === undefined) return undefined;
    this.#owners.set(host, owner);
    return this.#range.text(host);
  }

  release(address: string): void {
    const host = this.#range.host(address);
    if (host !== undefined) this.#owners.delete(host);
  }

  /** A manifest names this address: it is not to be handed out. Returns who has to give it up. */
  block(address: string): string | undefined {
    const host = this.#range.host(address);
    if (host === undefined) return undefined;
    this.#blocked.set(host, (this.#blocked.get(host) ?? 0) + 1);
    const owner = this.#owners.get(host);
    this.#owners.delete(host);
    return owner;
  }

  unblock(address: string): void {
    const host = this.#range.host(address);
    if (host === undefined) return;
    const times = (this.#blocked.get(host) ?? 0) - 1;
    if (times > 0) this.#blocked.set(host, times);
    else this.#blocked.delete(host);
  }

  #findFree(owner: string): number | undefined {
    const own = this.#reservations.get(owner);
    if (own !== undefined && this.#isFree(own)) return own;
    // The first and the last address of a range are its network's and its broadcast address.
    const usable = this.#range.size - 2;
    if (this.#owners.size + this.#blocked.size >= usable) return undefined;
    const start = hash(owner) % usable;
    for (let step = 0; step < usable; step++) {
      const host = 1 + ((start + step) % usable);
      if (this.#isFree(host) && !this.#reserved.has(host)) return host;
    }
    return undefined;
  }

  #isFree(host: number): boolean {
    return host < this.#range.size && !this.#owners.has(host) && !this.#blocked.has(host);
  }
}

/** A range of addresses, numbered from 0. */
interface Range {
  readonly family: IpFamily;
  readonly size: number;
  text(host: number): string;
  /** The number of an address; undefined when it is not in the range. */
  host(address: string): number | undefined;
}

function rangeOf(cidr: string): Range {
  const [base = '', length = ''] = cidr.split('/');
  const isIPv6 = base.includes(':');
  const bits = (isIPv6 ? 128 : 32) - Number(length);
  if (!(bits >= 2 && bits <= MAX_BITS)) {
    throw new RangeError(
      `Cannot allocate from ${cidr}: expected a range of at most 2^${MAX_BITS} addresses`,
    );
  }
  return isIPv6 ? ipv6Range(base, 2 ** bits) : ipv4Range(base, 2 ** bits);
}

function ipv4Range(base: string, size: number): Range {
  const first = ipv4Number(base);
  return {
    family: 'IPv4',
    size,
    text: (host) =>
      [24, 16, 8, 0].map((shift) => Math.floor((first + host) / 2 ** shift) % 256).join('.'),
    host: (address) => {
      if (address.includes(':')) return undefined;
      const host = ipv4Number(address) - first;
      return host >= 0 && host < size ? host : undefined;
    },
  };
}

function ipv6Range(base: string, size: number): Range {
  const groups = ipv6Groups(base);
  const prefix = groups.slice(0, 6);
  const first = lastGroups(groups);
  return {
    family: 'IPv6',
    size,
    text: (host) => {
      const last = first + host;
      return ipv6Text([...prefix, Math.floor(last / 65_536), last % 65_536]);
    },
    host: (address) => {
      if (!address.includes(':')) return undefined;
      const other = ipv6Groups(address);
      if (prefix.some((group, index) => group !== other[index])) return undefined;
      const host = lastGroups(other) - first;
      return host >= 0 && host < size ? host : undefined;
    },
  };
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function lastGroups(groups: readonly number[]): number {
  return (groups[6] ?? 0) * 65_536 + (groups[7] ?? 0);
}

/** FNV-1a, stirred once more (MurmurHash3's last step): FNV's low bits barely differ for `a1`, `a2`. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
