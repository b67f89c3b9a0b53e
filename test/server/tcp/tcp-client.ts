import { once } from 'node:events';
import net from 'node:net';
import { until } from '../until.ts';

/** A DNS client over TCP that does exactly what the test says. */
export class TcpClient {
  readonly socket: net.Socket;
  readonly #chunks: Buffer[] = [];
  /** Whether the server has closed its side. */
  ended = false;
  closed = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {}); // a reset is seen as closed
  }

  static async connect(port: number, host = '127.0.0.1', from?: string): Promise<TcpClient> {
    const local = from === undefined ? {} : { localAddress: from };
    const socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true, ...local });
    await once(socket, 'connect');
    return new TcpClient(socket);
  }

  send(...messages: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }

  sendRaw(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The whole messages received so far. */
  get messages(): Buffer[] {
    const bytes = Buffer.concat(this.#chunks);
    const messages: Buffer[] = [];
    for (let at = 0; at + 2 <= bytes.length; ) {
      const end = at + 2 + bytes.readUInt16BE(at);
      if (end > bytes.length) break;
      messages.push(bytes.subarray(at + 2, end));
      at = end;
    }
    return messages;
  }

  async received(count: number): Promise<Buffer[]> {
    await until(() => this.messages.length >= count || this.closed);
    return this.messages;
  }

  gone(): Promise<void> {
    return until(() => this.ended || this.closed);
  }
}

/** A message behind its length. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
