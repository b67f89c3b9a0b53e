import type { EndpointSlice } from './objects.ts';

/**
 * Most pairs of an endpoint's address and a port that one Service has records for: 25 MB and 5 s,
 * as each costs about 100 bytes and 20 µs. The API would allow 20,000 ports times 1,000 endpoints
 * in one slice. No message carries over 1,100 SRV records.
 */
export const MAX_PORT_ENTRIES = 250_000;

/**
 * How many ports of each slice have records, counted from the first. It is at least one for every
 * address: only the product of ports and addresses needs a limit, as the size of a file limits each
 * of the two.
 */
export function portsWithRecords(slices: readonly EndpointSlice[]): number[] {
  let left = MAX_PORT_ENTRIES;
  return slices.map((slice) => {
    const { length } = slice.ports;
    if (length <= 1) return length;
    const addresses = readyAddresses(slice);
    if (addresses === 0) return length;
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
