import { addressText, clearHostBits, plainAddressBytes, withoutInterface } from './address.ts';

/** An IPv6 host may use any address of its /64. */
const IPV6_PREFIX_BITS = 64;

/**
 * Who counts as one client, for every limit that is kept per client: an IPv4 address, or the /64 of
 * an IPv6 address. IPv4-mapped addresses are the IPv4 address; text that is no address is itself.
 */
export function clientPrefix(address: string): string {
  if (!address.includes(':')) return address; // on the query path IPv4 costs no parsing
  if (address === lastAddress) return lastPrefix; // each query asks several times
  lastPrefix = prefixOf(address);
  lastAddress = address;
  return lastPrefix;
}

let lastAddress = '';
let lastPrefix = '';

function prefixOf(address: string): string {
  const bytes = plainAddressBytes(withoutInterface(address));
  if (bytes === undefined) return address;
  if (bytes.length === 4) return addressText(bytes);
  clearHostBits(bytes, bytes.length, IPV6_PREFIX_BITS);
  return `${addressText(bytes)}/${IPV6_PREFIX_BITS}`;
}
