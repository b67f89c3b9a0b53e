import { addressBytes, addressText, unmapped } from '../dns/address.ts';
import { parseCidr, splitCidr } from '../dns/network.ts';
import type { IpFamily } from './objects.ts';

/**
 * An address in the form Kubernetes compares and prints: IPv6 as RFC 5952 writes it, lower case and
 * shortest. Undefined when the text is not an address, or is one that new objects may not use
 * (leading zeros, IPv4-mapped IPv6, a zone index); `ipFault` says which.
 */
export function canonicalIp(text: string): string | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined || unmapped(bytes) !== bytes) return undefined;
  return bytes.length === 4 ? text : addressText(bytes);
}

/** The families of addresses, as the API server lists them. */
export const IP_FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** Why `canonicalIp` refuses a text, in the API server's words; undefined when it does not. */
export function ipFault(text: string): string | undefined {
  if (canonicalIp(text) !== undefined) return undefined;
  if (mappedIpv4(text) !== undefined) return 'must not be an IPv4-mapped IPv6 address';
  const isDotted = /^\d{1,4}(\.\d{1,4}){3}$/.test(text);
  const isPadded = isDotted && addressBytes(text.replace(/\b0+(?=\d)/g, '')) !== undefined;
  if (isPadded) return 'must not have leading 0s';
  return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
}

/** The IPv4 address in an IPv4-mapped IPv6 one, `::ffff:10.9.8.7`; undefined for any other text. */
export function mappedIpv4(text: string): string | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined || unmapped(bytes) === bytes) return undefined;
  return addressText(unmapped(bytes));
}

/**
 * Is it an address and the length of its network, `10.9.8.0/24`? Bits beyond the length may be set.
 */
export function isCidr(text: string): boolean {
  const { address = '', length } = splitCidr(text) ?? {};
  // The API server still takes leading zeros here.
  const plain = address.replace(/\b0+(?=\d+\.|\d+$)/g, '');
  return parseCidr(`${plain}/${Number(length)}`) !== undefined;
}

/**
 * Why a canonical address cannot be an endpoint, in the words of the API server's
 * ValidateNonSpecialIP; undefined when it can.
 */
export function specialIpFault(canonical: string): string | undefined {
  if (canonical === '0.0.0.0' || canonical === '::') {
    return `may not be unspecified (${canonical})`;
  }
  if (canonical.startsWith('127.') || canonical === '::1') {
    return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  }
  if (canonical.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(canonical)) {
    return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  }
  // Only the link-local block of multicast is refused: that is what the API server does.
  if (canonical.startsWith('224.0.0.') || canonical.startsWith('ff02:')) {
    return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
  }
  return undefined;
}
