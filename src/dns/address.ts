import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address, or undefined when the text is not an address. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return ipv6Bytes(text);
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

/** The 4 bytes inside `::ffff:a.b.c.d`; any other address as it is. */
export function unmapped(bytes: Uint8Array): Uint8Array {
  return bytes.length === 16 && isMapped(bytes) ? bytes.subarray(12) : bytes;
}

/**
 * Labels of the reverse name: `4.3.2.1.in-addr.arpa`, or 32 nibbles under `ip6.arpa` (RFC 1035
 * section 3.5, RFC 3596 section 2.5).
 */
export function reverseLabels(bytes: Uint8Array): string[] {
  if (bytes.length === 4) return [...Array.from(bytes, String).reverse(), 'in-addr', 'arpa'];
  const nibbles = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [...[...nibbles].reverse(), 'ip6', 'arpa'];
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  );
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const [head = '', tail] = (dotted ? `${dotted[1]}${hexPair(dotted[2]!)}` : text).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return Uint8Array.from(
    groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16)]),
  );
}

function hexPair(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
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
