import type { Exchange } from '../exchange.ts';

/** One local address at which datagrams are taken and answered. */
export interface DatagramListener {
  /** Binds, and resolves to the port: the one asked for, or the one the kernel picked for 0. */
  start(port: number): Promise<number>;
  /**
   * In place of `start`: takes and answers what comes to an open socket of this address that was
   * handed over. Its buffers stay as they are.
   *
   * @throws Error when the file descriptor is no such socket.
   */
  takeOver(fd: number, port: number): void;
  /** Takes nothing more; what has been taken is answered. What comes now waits in the kernel. */
  pause(): void;
  /**
   * Lets sockets of other threads be opened at its address too; the kernel then spreads clients
   * over all of them. False when that cannot be.
   */
  share(): boolean;
  /** Bytes of arriving queries that the kernel keeps for us; it may grant less than we ask. */
  readonly receiveBufferBytes: number;
  /** Queries whose reply is still to come. */
  readonly pending: number;
  /** Closes at once; replies that are still to come are lost. Never rejects. */
  close(): Promise<void>;
}

/**
 * Makes a listener on one literal address of this machine, link-local ones with their `%interface`,
 * whose queries `exchange` answers. The one thing that knows how datagrams come and go.
 */
export type DatagramTransport = (address: string, exchange: Exchange) => DatagramListener;
