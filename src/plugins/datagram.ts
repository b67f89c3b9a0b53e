import type { SocketAddress } from '../dns/query.ts';

/** What comes to a UDP socket that asks another server. */
export interface DatagramEvents {
  /**
   * Takes what has come at once, where that costs little. False when it has to wait for its turn:
   * then nothing has happened, and `received` may follow.
   */
  takes?(bytes: Buffer): boolean;
  /** The bytes are the receiver's own. */
  received(bytes: Buffer): void;
  /** Something came that the server did not send: from another address or port, or too early. */
  strayed(): void;
  /** The socket cannot be used any more: no route, nobody listens there, no descriptor left. */
  failed(error: Error): void;
}

/** A UDP socket that asks another server. */
export interface Datagram {
  send(bytes: Buffer): void;
  /** Frees the port at once; no event follows. */
  close(): void;
}

/**
 * Opens a UDP socket of its own, with a random port, connected: the kernel drops what others send,
 * and an off-path attacker cannot probe the port (SAD DNS). It leaves from `source`, where there is
 * one. Neither this nor what it returns throws, and no event comes before it returns.
 */
export type OpenDatagram = (
  to: SocketAddress,
  source: string | undefined,
  events: DatagramEvents,
) => Datagram;
