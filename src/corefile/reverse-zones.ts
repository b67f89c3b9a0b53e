import { reverseLabels } from '../dns/address.ts';
import { parseCidr } from '../dns/network.ts';

/**
 * The reverse zones that cover a network in CIDR notation, without the final dot; undefined when it
 * is not one. IPv4 zones end at a byte, IPv6 zones at a hexadecimal digit (RFC 1035 section 3.5,
 * RFC 3596 section 2.5): a mask between two ends is several zones of the longer one, so
 * 10.0.0.0/15 is `0.10.in-addr.arpa` and `1.10.in-addr.arpa`. At most 128 zones. Host bits are
 * ignored.
 */
export function reverseZones(cidr: string): string[] | undefined {
  const network = parseCidr(cidr);
  if (network === undefined) return undefined;
  const { address, prefix } = network;
  const bitsOfLabel = address.length === 4 ? 8 : 4;
  const labels = Math.ceil(prefix / bitsOfLabel);
  const freeBits = labels * bitsOfLabel - prefix;
  const zones: string[] = [];
  for (let value = 0; value < 2 ** freeBits; value++) {
    const labelsOfZone = reverseLabels(withBits(address, prefix, freeBits, value));
    zones.push(labelsOfZone.slice(-labels - 2).join('.'));
  }
  return zones;
}

/** A copy whose `count` bits after the first `from` hold `value`. */
function withBits(bytes: Uint8Array, from: number, count: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let bit = 0; bit < count; bit++) {
    const at = from + bit;
    const mask = 0x80 >> (at % 8);
    const set = (value >> (count - 1 - bit)) & 1;
    copy[at >> 3] = set === 1 ? copy[at >> 3]! | mask : copy[at >> 3]! & ~mask;
  }
  return copy;
}
