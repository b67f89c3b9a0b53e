import type { ListenAddress } from '../../corefile/listen-address.ts';
import { addressAndPort } from '../../dns/address.ts';
import type { Exchange } from '../exchange.ts';
import { type Interfaces, type WantedAddress, wantedAddresses } from './addresses.ts';
import { ListenError } from './listen-error.ts';

/** Addresses of one port, and who answers there. */
export interface SocketGroup {
  readonly listen: readonly ListenAddress[];
  readonly exchange: Exchange;
}

/** A literal address to listen on, and the group that answers there. */
export interface WantedSocket {
  readonly wanted: WantedAddress;
  readonly group: SocketGroup;
}

/**
 * The sockets that groups come to, by address and port. Where one group names an address and
 * another has it only because it listens everywhere, the first answers there, as the kernel would
 * have it.
 *
 * @throws ListenError when two groups name the same address and port.
 */
export function wantedSockets(
  groups: readonly SocketGroup[],
  interfaces: Interfaces,
): Map<string, WantedSocket> {
  const sockets = new Map<string, WantedSocket>();
  for (const group of groups) {
    for (const wanted of wantedAddresses(group.listen, interfaces)) {
      const key = socketKey(wanted);
      const rival = sockets.get(key)?.wanted;
      if (rival === undefined || rival.need === 'found') sockets.set(key, { wanted, group });
      else if (wanted.need !== 'found') throw namedTwice(wanted);
    }
  }
  return sockets;
}

/** The same for the same address and port, whatever port a 0 came to. */
export function socketKey({ address, port }: Pick<WantedAddress, 'address' | 'port'>): string {
  return `${address} ${port}`;
}

function namedTwice({ address, port }: WantedAddress): ListenError {
  const place = addressAndPort({ address, port });
  const cause = Object.assign(new Error('named twice'), { code: 'EADDRINUSE' });
  return new ListenError(
    `Cannot listen on ${place}: two groups of server blocks want it. Write the address in the same way in each 'bind'`,
    { address, port, protocol: 'udp', cause },
  );
}
