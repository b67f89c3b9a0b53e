import type { EndpointSlice } from './objects.ts';

/**
 * Pairs of an endpoint's address and a port that one Service has records for. The API would take
 * 20,000 ports times 1,000 endpoints in one slice; each pair costs about 100 bytes and 20 µs, so
 * this is 25 MB and 5 s. No message carries over 1,100 SRV records.
 */
export const MAX_PORT_ENTRIES = 250_000;

/**
 * How many ports of each slice have records, from the first on. Every address has one at least, so
 * only what is a product of two numbers is bounded; what is written out is bounded by the size of
 * its file.
 */
export function portsWithRecords(slices: readonly EndpointSlice[]): number[] {
  let left = MAX_PORT_ENTRIES;
  return slices.map((slice) => {
    const { length } = slice.ports;
    const addresses = readyAddresses(slice);
    if (addresses === 0 || length <= 1) return length;
    const ports = Math.min(length, Math.max(1, Math.floor(left / addresses)));
    left -= ports * addresses;
    return ports;
  });
}

function readyAddresses({ endpoints }: EndpointSlice): number {
  let count = 0;
  for (const { ready, addresses } of endpoints) if (ready) count += addresses.length;
  return count;
}
