import type { Socket } from 'node:net';
import type { PassingAddress, SocketAddress } from '../../dns/query.ts';

/** The address and port of ours that a client connected to: looked up when it is needed. */
export class LocalEnd implements PassingAddress {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get address(): string {
    return this.#socket.localAddress ?? '';
  }

  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  keep(): SocketAddress {
    return { address: this.address, port: this.port };
  }
}
