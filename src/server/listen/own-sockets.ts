import type { ListenAddress } from '../../corefile/listen-address.ts';
import { plainAddress, withoutInterface } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { stoodFor } from './addresses.ts';

/**
 * Those of the bound addresses where a server block answers: what it forwards there would come back
 * to it. The addresses of other blocks are other servers as far as it is concerned. `listen` is
 * what the block wants, `others` what all blocks of the configuration want.
 */
export function ownSockets(
  bound: readonly SocketAddress[],
  listen: readonly ListenAddress[],
  others: readonly ListenAddress[],
): SocketAddress[] {
  return bound.filter((socket) => {
    const isHere = (spec: ListenAddress) => isPortOf(spec, socket, others);
    if (listen.some((spec) => isHere(spec) && isNamed(spec, socket))) return true;
    // Who names an address answers there, not who has it only because it listens everywhere.
    if (others.some((spec) => isHere(spec) && isNamed(spec, socket))) return false;
    return listen.some((spec) => isHere(spec) && stoodFor(spec, socket.address));
  });
}

/** Port 0 came to some port that nobody has named. */
function isPortOf(
  { port }: ListenAddress,
  socket: SocketAddress,
  others: readonly ListenAddress[],
): boolean {
  if (port !== 0) return port === socket.port;
  return !others.some((spec) => spec.port === socket.port);
}

function isNamed({ address }: ListenAddress, socket: SocketAddress): boolean {
  const plain = plainAddress(address);
  return plain === socket.address || plain === withoutInterface(socket.address);
}
