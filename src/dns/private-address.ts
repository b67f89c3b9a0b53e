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
  return first === 0 && isLoopback(bytes);
}

function isLoopback(bytes: Uint8Array): boolean {
  for (let at = 0; at < 15; at++) if (bytes[at] !== 0) return false;
  return bytes[15] === 1;
}
