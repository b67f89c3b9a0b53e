import type { TcpLimits } from './limits.ts';

/** Who asked. `dgram`'s `rinfo` is one. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** Where a reply that came later is sent: the UDP listener, or a TCP connection. */
export interface ReplySink {
  /** The address and port of ours that was asked. */
  readonly local?: Peer | undefined;
  /**
   * Sends `message` to `peer`; an empty one says that no reply will come. Must accept a peer that
   * has gone: then the reply is dropped.
   */
  reply(message: Uint8Array, peer: Peer): void;
}

export type Transport = 'udp' | 'tcp';

/** Returned by `Exchange.answer` when the reply will come through the sink. */
export const PENDING = -1;

/** One query's life: bytes in, bytes out, no sockets. Never throws, whatever the bytes. */
export interface Exchange {
  /** Limits of its own for the TCP connections it answers on; the server's hold for the others. */
  readonly tcpLimits?: Partial<TcpLimits> | undefined;
  /**
   * Answers the DNS message in `input[0, length)` by writing the reply into `output` (65,535 bytes
   * for TCP, at least 4,096 for UDP), and returns its length: 0 when nothing is to be sent,
   * `PENDING` when the reply will be given to `sink` later.
   */
  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    sink: ReplySink,
  ): number;
}
