import { addressBytes, addressText } from '../../dns/address.ts';
import { addressRange, rangeSize } from '../../kube/address-range.ts';
import type { AddressRange, IpFamily } from '../../kube/objects.ts';
import { rangeFault } from './range-fault.ts';

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
