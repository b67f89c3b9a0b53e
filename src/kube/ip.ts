import { isIPv4, isIPv6 } from 'node:net';
import type { IpFamily } from './objects.ts';

/** The longest text that can be an address: `ffff:` × 6 and an embedded IPv4 address. */
const MAX_IP_TEXT = 45;

/**
 * An address in the form Kubernetes compares and prints: IPv6 as RFC 5952 writes it, lower case and
 * shortest. Undefined when the text is not an address, or is one that new objects may not use
 * (leading zeros, IPv4-mapped IPv6, a zone index); `ipFault` says which.
 */
export function canonicalIp(text: string): string | undefined {
  if (text.length > MAX_IP_TEXT) return undefined;
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const groups = ipv6Groups(text);
  return isMapped(groups) ? undefined : ipv6Text(groups);
}

/** Why `canonicalIp` refuses a text, in the API server's words; undefined when it does not. */
export function ipFault(text: string): string | undefined {
  if (canonicalIp(text) !== undefined) return undefined;
  if (/^\d{1,4}(\.\d{1,4}){3}$/.test(text) && isIPv4(text.replace(/\b0+(?=\d)/g, ''))) {
    return 'must not have leading 0s';
  }
  if (text.length <= MAX_IP_TEXT && isIPv6(text) && !text.includes('%')) {
    return 'must not be an IPv4-mapped IPv6 address';
  }
  return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
}

/** The IPv4 address in an IPv4-mapped IPv6 one, `::ffff:10.9.8.7`; undefined for any other text. */
export function mappedIpv4(text: string): string | undefined {
  if (text.length > MAX_IP_TEXT || !isIPv6(text) || text.includes('%')) return undefined;
  const groups = ipv6Groups(text);
  if (!isMapped(groups)) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/**
 * Is it an address and the length of its network, `10.9.8.0/24`? Bits beyond the length may be set.
 */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0 || text.length > MAX_IP_TEXT + 4 || !/^\d{1,3}$/.test(text.slice(slash + 1))) {
    return false;
  }
  // The API server still takes leading zeros here.
  const address = text.slice(0, slash).replace(/\b0+(?=\d+\.|\d+$)/g, '');
  const bits = isIPv4(address) ? 32 : 128;
  const isAddress = bits === 32 || (isIPv6(address) && !address.includes('%'));
  return isAddress && Number(text.slice(slash + 1)) <= bits;
}

/** The family of a canonical address. */
export function ipFamily(canonical: string): IpFamily {
  return canonical.includes(':') ? 'IPv6' : 'IPv4';
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

/** The eight 16-bit groups of an IPv6 text that `isIPv6` accepts. */
export function ipv6Groups(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  if (tail === undefined) return left;
  const right = groupsOf(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** RFC 5952 section 4: the longest run of two or more zero groups, the first of equals, is `::`. */
export function ipv6Text(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
    if (end > at) at = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}
