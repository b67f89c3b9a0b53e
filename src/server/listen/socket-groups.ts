import type { ListenAddress } from '../../corefile/listen-address.ts';
import { addressAndPort, plainAddress, withoutInterface } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { Exchange } from '../exchange.ts';
import { type Interfaces, stoodFor, type WantedAddress, wantedAddresses } from './addresses.ts';
import { ListenError } from './listen-error.ts';

/** Addresses of one port, and the exchange that answers there. */
export interface SocketGroup {
  readonly listen: readonly ListenAddress[];
  readonly exchange: Exchange;
  /** Threads that are to have sockets there; 1 unless given. */
  readonly threads?: number;
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
    // A block that names an address answers there, not one that has it by listening everywhere.
    if (others.some((spec) => isHere(spec) && isNamed(spec, socket))) return false;
    return listen.some((spec) => isHere(spec) && stoodFor(spec, socket.address));
  });
}

/** Port 0 became some port that no block has named. */
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

/** Addresses of one port, and the server blocks that all of them have. */
export type SharedSockets<Block> = [listen: readonly ListenAddress[], blocks: readonly Block[]];

/**
 * Puts addresses of a port together that the same server blocks want: those blocks share their
 * sockets. A block that shares one of its addresses with others, and another not, stands in two of
 * the groups.
 */
export function bySockets<Block extends { readonly listen: readonly ListenAddress[] }>(
  blocks: readonly Block[],
): SharedSockets<Block>[] {
  const groups = new Map<string, [ListenAddress[], readonly Block[]]>();
  for (const { spec, wantedBy } of byAddress(blocks).values()) {
    const key = [spec.port, ...[...wantedBy].map((block) => blocks.indexOf(block))].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [[spec], [...wantedBy]]);
    else group[0].push(spec);
  }
  return [...groups.values()];
}

interface WantedSpec<Block> {
  spec: ListenAddress;
  readonly wantedBy: Set<Block>;
}

function byAddress<Block extends { readonly listen: readonly ListenAddress[] }>(
  blocks: readonly Block[],
): Map<string, WantedSpec<Block>> {
  const wanted = new Map<string, WantedSpec<Block>>();
  for (const block of blocks) {
    for (const spec of block.listen) {
      const key = `${plainAddress(spec.address)} ${spec.port}`;
      const known = wanted.get(key);
      if (known === undefined) wanted.set(key, { spec, wantedBy: new Set([block]) });
      else {
        known.wantedBy.add(block);
        // The stricter one holds.
        if (spec.optional !== true) known.spec = spec;
      }
    }
  }
  return wanted;
}
