import { COLON, DOT } from '../support/ascii.ts';
import type { SocketAddress } from './query.ts';

/**
 * Reads an address as Node gives it for a peer (dotted decimal, or IPv6 with or without
 * `%interface`) into `bytes`, and returns how many it has: 4, 16, or 0 for text that is no address.
 * An IPv4-mapped address is the IPv4 address in it. `addressBytes` for the query path: it allocates
 * nothing.
 */
export function readAddress(text: string, bytes: Uint8Array): number {
  const zone = text.indexOf('%');
  const length = parseAddress(text, zone < 0 ? text.length : zone, bytes);
  if (length !== 16 || !isMapped(bytes)) return length;
  for (let i = 0; i < 4; i++) bytes[i] = bytes[12 + i]!;
  return 4;
}

/** The same of whoever sent a query; at best without making text of it. */
export function readPeer(peer: SocketAddress, bytes: Uint8Array): number {
  return peer.readInto === undefined ? readAddress(peer.address, bytes) : peer.readInto(bytes);
}

/**
 * Reads the address that ends at `end` into `bytes`, which has room for 16: dotted decimal without
 * leading zeros, or IPv6 (RFC 4291 section 2.2). Returns how many bytes it has: 4, 16, or 0 for
 * text that is no address.
 */
export function parseAddress(text: string, end: number, bytes: Uint8Array): number {
  if (text.indexOf(':') >= 0) return readIpv6(text, end, bytes);
  return readDotted(text, 0, end, bytes, 0) ? 4 : 0;
}

/** Are these 16 bytes an IPv4-mapped address, `::ffff:a.b.c.d`? */
export function isMapped(bytes: Uint8Array): boolean {
  for (let at = 0; at < 10; at++) if (bytes[at] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function readDotted(
  text: string,
  start: number,
  end: number,
  bytes: Uint8Array,
  to: number,
): boolean {
  let value = 0;
  let digits = 0;
  let dots = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return false;
      bytes[to + dots++] = value;
      value = 0;
      digits = 0;
      continue;
    }
    if (digits > 0 && value === 0) return false; // a leading zero: octal to some
    value = value * 10 + code - 0x30;
    if (code < 0x30 || code > 0x39 || value > 255) return false;
    digits++;
  }
  bytes[to + 3] = value;
  return dots === 3 && digits > 0;
}

function readIpv6(text: string, end: number, bytes: Uint8Array): number {
  let to = 0;
  let gap = -1; // where `::` stands
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return 0;
    gap = 0;
    at = 2;
  }
  while (at < end) {
    if (to > 14) return 0;
    const group = groupEnd(text, at, end);
    if (group < end && text.charCodeAt(group) === DOT) {
      if (to > 12 || !readDotted(text, at, end, bytes, to)) return 0;
      to += 4;
      break;
    }
    const value = hexValue(text, at, group);
    if (value < 0) return 0;
    bytes[to++] = value >>> 8;
    bytes[to++] = value;
    at = group + 1;
    if (group < end && at === end) return 0; // a colon at the end
    if (at < end && text.charCodeAt(at) === COLON) {
      if (gap >= 0) return 0;
      gap = to;
      at++;
    }
  }
  if (gap < 0 ? to !== 16 : to > 14) return 0;
  if (gap >= 0) widen(bytes, gap, to);
  return 16;
}

/**
 * Puts zeros where `::` stands, so that `to` bytes become 16. Loops: methods of arrays cost more
 * here.
 */
function widen(bytes: Uint8Array, gap: number, to: number): void {
  let end = 16;
  for (let from = to - 1; from >= gap; from--) bytes[--end] = bytes[from]!;
  for (let i = gap; i < end; i++) bytes[i] = 0;
}

function groupEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== COLON && text.charCodeAt(at) !== DOT) at++;
  return at;
}

/** One to four hexadecimal digits; -1 for anything else. */
function hexValue(text: string, start: number, end: number): number {
  if (end === start || end - start > 4) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x57;
    else return -1;
  }
  return value;
}
