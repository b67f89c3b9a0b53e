import { ipv6Groups, ipv6Text } from '../../kube/ip.ts';
import type { IpFamily } from '../../kube/objects.ts';
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
  const [base = '', length] = cidr.split('/');
  const isIPv6 = base.includes(':');
  const size = 2 ** ((isIPv6 ? 128 : 32) - Number(length));
  return isIPv6 ? ipv6Range(base, size) : ipv4Range(base, size);
}

function ipv4Range(base: string, size: number): NumberedRange {
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

function ipv6Range(base: string, size: number): NumberedRange {
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
