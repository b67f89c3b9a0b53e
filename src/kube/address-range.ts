import { addressBytes, addressText, ipFamily } from '../dns/address.ts';
import { splitCidr } from '../dns/network.ts';
import { canonicalIp } from './ip.ts';
import type { AddressRange } from './objects.ts';

const EXPECTED =
  'expected a CIDR, as in 192.168.10.0/24, or a range, as in 192.168.9.1-192.168.9.5';

/** Reads `192.168.10.0/24` or `192.168.9.1-192.168.9.5`, as MetalLB's pools have them. */
export function addressRange(text: string): AddressRange | { readonly fault: string } {
  const dash = text.indexOf('-');
  if (dash >= 0) return betweenAddresses(text.slice(0, dash).trim(), text.slice(dash + 1).trim());
  const { address = '', length } = splitCidr(text.trim()) ?? {};
  const ip = canonicalIp(address);
  if (ip === undefined) {
    return { fault: `invalid CIDR ${JSON.stringify(text.slice(0, 80))}: ${EXPECTED}` };
  }
  const bits = ipFamily(ip) === 'IPv4' ? 32 : 128;
  if (Number(length) > bits) {
    return { fault: `invalid CIDR ${JSON.stringify(text.slice(0, 80))}: at most /${bits}` };
  }
  const hosts = (1n << BigInt(bits - Number(length))) - 1n;
  const first = addressNumber(ip) & ~hosts;
  return { first: numberedAddress(first, bits), last: numberedAddress(first | hosts, bits) };
}

/** How many addresses a range has. */
export function rangeSize({ first, last }: AddressRange): bigint {
  return addressNumber(last) - addressNumber(first) + 1n;
}

/** An address as a number, to count and compare. */
export function addressNumber(canonical: string): bigint {
  return BigInt(`0x${Buffer.from(addressBytes(canonical)!).toString('hex')}`);
}

/** The canonical text of an address of 32 or 128 bits. */
export function numberedAddress(number: bigint, bits: number): string {
  return addressText(Buffer.from(number.toString(16).padStart(bits / 4, '0'), 'hex'));
}

function betweenAddresses(from: string, to: string): AddressRange | { readonly fault: string } {
  const first = canonicalIp(from);
  const last = canonicalIp(to);
  const shown = JSON.stringify(`${from}-${to}`.slice(0, 80));
  if (first === undefined || last === undefined || ipFamily(first) !== ipFamily(last)) {
    return { fault: `invalid IP range ${shown}: ${EXPECTED}` };
  }
  if (addressNumber(first) > addressNumber(last)) {
    return { fault: `invalid IP range ${shown}: start IP is after end IP` };
  }
  return { first, last };
}
