import type { OpenDatagram } from '../../plugins/datagram.ts';
import { askingSockets } from './asking-sockets.ts';
import type { DatagramTransport } from './datagrams.ts';
import { dgramTransport, type UdpContext } from './dgram.ts';
import { nativeTransport } from './native.ts';
import { BATCH, findNativeBinding } from './native-binding.ts';
import { DGRAM_TURN } from './socket-load.ts';

/** What an option can ask for: `auto` is the native transport where it can be loaded. */
export const TRANSPORTS = ['auto', 'native', 'dgram'] as const;

export type TransportChoice = (typeof TRANSPORTS)[number];

/** What carries queries over UDP. */
export interface UdpTransport {
  readonly name: 'native' | 'dgram';
  /** Why it is not the native one, where no other was asked for. */
  readonly missing?: string;
  /** Datagrams read at one look at a socket: then there may be more. */
  readonly fullTurn: number;
  readonly datagrams: (context: UdpContext) => DatagramTransport;
  /**
   * The same in a thread beside the first, which has shared its sockets; undefined where that
   * cannot be.
   */
  readonly datagramsBeside?: (context: UdpContext) => DatagramTransport;
  /** Opens sockets that ask other servers; undefined where `dgram` does. */
  readonly openDatagram?: OpenDatagram;
}

/** The transport that an option asks for, as far as this machine has it. */
export function udpTransport(choice: TransportChoice): UdpTransport {
  const dgram = { name: 'dgram', fullTurn: DGRAM_TURN, datagrams: dgramTransport } as const;
  if (choice === 'dgram') return dgram;
  const found = findNativeBinding();
  if ('missing' in found) return { ...dgram, missing: found.missing };
  const { binding } = found;
  return {
    name: 'native',
    fullTurn: BATCH,
    datagrams: (context) => nativeTransport({ ...context, binding }),
    datagramsBeside: (context) => nativeTransport({ ...context, binding, isBeside: true }),
    openDatagram: askingSockets(binding),
  };
}
