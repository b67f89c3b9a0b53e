import { isMapped, parseAddress } from './address-reader.ts';
import type { SocketAddress } from './query.ts';

/** UDP and TCP have 16 bits for a port (RFC 768, RFC 9293). */
export const MAX_PORT = 65_535;

/** Whether it is the number of a port that can be asked: 0 stands for any. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_PORT;
}

/** The 4 or 16 bytes of an address, or undefined when the text is not an address. */
export function addressBytes(text: string): Uint8Array | undefined {
  const length = parseAddress(text, text.length, scratch);
  return length === 0 ? undefined : scratch.slice(0, length);
}

const scratch = new Uint8Array(16);

/** Whether a text is an IPv4 address: the one way to write it, without leading zeros. */
export function isIpv4(text: string): boolean {
  return parseAddress(text, text.length, scratch) === 4;
}

/** The same, with the 4 bytes of the IPv4 address in an IPv4-mapped one, `::ffff:10.0.0.1`. */
export function plainAddressBytes(text: string): Uint8Array | undefined {
  const bytes = addressBytes(text);
  return bytes === undefined ? undefined : unmapped(bytes);
}

/**
 * Canonical text: dotted decimal, or RFC 5952 (lower case, longest run of zeros as `::`). An
 * IPv4-mapped address stays IPv6 text with a dotted end, `::ffff:10.0.0.1`.
 */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join('.')}`;
  const [start, length] = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** Canonical form of an address in text, or undefined. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressBytes(text);
  return bytes === undefined ? undefined : addressText(bytes);
}

/** The canonical form, and IPv4 as IPv4: `::ffff:10.0.0.1` is `10.0.0.1`. Other text is itself. */
export function plainAddress(text: string): string {
  const bytes = plainAddressBytes(text);
  return bytes === undefined ? text : addressText(bytes);
}

/** `fe80::1` of `fe80::1%eth0`. */
export function withoutInterface(text: string): string {
  const at = text.indexOf('%');
  return at < 0 ? text : text.slice(0, at);
}

/** The parts of `HOST:PORT` and `[HOST]:PORT`. */
export interface HostAndPort {
  /** May be '', and need not be an address. */
  readonly host: string;
  readonly isBracketed: boolean;
  /** Undefined when none is written; not checked to be below 65,536. */
  readonly port: number | undefined;
}

/** What `addressAndPort` writes, and a host alone; undefined for text of another form. */
export function splitHostAndPort(text: string): HostAndPort | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+))?$/s.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain = '', digits] = match;
  const port = digits === undefined ? undefined : Number(digits);
  return { host: bracketed ?? plain, isBracketed: bracketed !== undefined, port };
}

/** An address as it stands in front of a port: IPv6 in brackets. */
export function hostText(address: string): string {
  return ipFamily(address) === 'IPv6' ? `[${address}]` : address;
}

/** `127.0.0.1:53`, `[::1]:53`, and `:53` for every address. */
export function addressAndPort({ address, port }: SocketAddress): string {
  return `${hostText(address)}:${port}`;
}

/** The family of an address, or of a network in CIDR notation. */
export function ipFamily(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** The 4 bytes inside `::ffff:a.b.c.d`; any other address as it is. */
export function unmapped(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 && isMapped(bytes) ? bytes.subarray(12) : bytes;
}

/**
 * Labels of the reverse name: `4.3.2.1.in-addr.arpa`, or 32 nibbles under `ip6.arpa` (RFC 1035
 * section 3.5, RFC 3596 section 2.5).
 */
export function reverseLabels(bytes: Uint8Array): string[] {
  if (bytes.length === 4) {
    const [a, b, c, d] = bytes;
    return [`${d}`, `${c}`, `${b}`, `${a}`, 'in-addr', 'arpa'];
  }
  const nibbles = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [...[...nibbles].reverse(), 'ip6', 'arpa'];
}

/** Clears all bits behind the first `bits` of an address of `length` bytes. */
export function clearHostBits(address: Uint8Array, length: number, bits: number): void {
  const whole = bits >> 3;
  if (whole >= length) return;
  address[whole]! &= 0xff00 >> (bits & 7);
  for (let at = whole + 1; at < length; at++) address[at] = 0;
}

/** Does the text to listen on stand for every address of the machine? */
export function isWildcard(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

/** Where this machine reaches what listens on the address: loopback for every address. */
export function reachableAddress(address: string): string {
  if (!isWildcard(address)) return address;
  return address === '::' ? '::1' : '127.0.0.1';
}

/**
 * Whether an address of 4 or 16 bytes is one that no packet from the Internet may come from:
 * loopback, the private networks of RFC 1918 and RFC 4193, link-local ones, and 100.64.0.0/10
 * behind a provider's NAT (RFC 6598).
 */
export function isPrivateAddress(bytes: Uint8Array, length: number): boolean {
  const first = bytes[0]!;
  const second = bytes[1]!;
  if (length === 4) {
    if (first === 10 || first === 127) return true;
    if (first === 172) return (second & 0xf0) === 16;
    if (first === 192) return second === 168;
    if (first === 169) return second === 254;
    return first === 100 && (second & 0xc0) === 64;
  }
  if ((first & 0xfe) === 0xfc) return true;
  if (first === 0xfe) return (second & 0xc0) === 0x80;
  return first === 0 && isIpv6Loopback(bytes);
}

function isIpv6Loopback(bytes: Uint8Array): boolean {
  for (let at = 0; at < 15; at++) if (bytes[at] !== 0) return false;
  return bytes[15] === 1;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}
