import { addressBytes, addressText } from '../../dns/address.ts';
import { addressRange, rangeSize } from '../../kube/address-range.ts';
import type { AddressRange, IpFamily } from '../../kube/objects.ts';

/**
 * Where addresses come from, as kube-apiserver's `--service-cluster-ip-range`: at most one CIDR a
 * family. A family without one is a family that the cluster does not have.
 */
export interface ServiceRanges {
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
}

/** Most addresses of a range, which is also the most that kube-apiserver takes of one. */
const MAX_SIZE = 2n ** 20n;
const MIN_SIZE = 4n;

/** Why addresses cannot be allocated from this CIDR; undefined when they can. */
export function rangeFault(cidr: string): string | undefined {
  const shown = JSON.stringify(cidr.slice(0, 80));
  const range = cidr.includes('/') ? addressRange(cidr) : { fault: '' };
  if ('fault' in range) return `Cannot allocate from ${shown}: expected a CIDR, as in 10.96.0.0/12`;
  const size = rangeSize(range);
  if (size < MIN_SIZE || size > MAX_SIZE) {
    return `Cannot allocate from ${shown}: expected 4 to 2^20 addresses, found ${size}`;
  }
  const written = cidr.slice(0, cidr.indexOf('/'));
  const base = addressRange(`${written}-${written}`);
  if (!('fault' in base) && base.first !== range.first) {
    return `Cannot allocate from ${shown}: the range begins at ${range.first}: write that address`;
  }
  return undefined;
}

/** The addresses of a CIDR, numbered from 0. */
export interface NumberedRange {
  readonly family: IpFamily;
  readonly size: number;
  text(host: number): string;
  /** The number of an address; undefined when it is not in the range. */
  host(address: string): number | undefined;
}

/**
 * @throws RangeError, in the words of `rangeFault`, when `cidr` is no range that can be counted.
 */
export function numberedRange(cidr: string): NumberedRange {
  const fault = rangeFault(cidr);
  if (fault !== undefined) throw new RangeError(fault);
  const range = addressRange(cidr) as AddressRange;
  const base = Buffer.from(addressBytes(range.first)!);
  // A range has at most 2^20 addresses, which differ in their last four bytes.
  const tail = base.length - 4;
  const first = base.readUInt32BE(tail);
  const size = Number(rangeSize(range));
  return {
    family: tail === 0 ? 'IPv4' : 'IPv6',
    size,
    text: (host) => {
      const bytes = Buffer.from(base);
      bytes.writeUInt32BE(first + host, tail);
      return addressText(bytes);
    },
    host: (text) => {
      const bytes = Buffer.from(addressBytes(text) ?? []);
      if (bytes.length !== base.length || base.compare(bytes, 0, tail, 0, tail) !== 0)
        return undefined;
      const host = bytes.readUInt32BE(tail) - first;
      return host >= 0 && host < size ? host : undefined;
    },
  };
}
