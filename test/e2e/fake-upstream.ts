import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';

/** A resolver on loopback: every name of type A has the address it is given; all others have no data. */
export class FakeUpstream {
  readonly #udp = createSocket('udp4');
  readonly #tcp = createServer((socket) => this.#serve(socket));
  readonly #connections = new Set<Socket>();
  readonly #address: string;
  /** What it was asked, `NAME TYPE` in lower case. */
  readonly asked: string[] = [];

  constructor(address: string) {
    this.#address = address;
    this.#udp.on('message', (message, peer) => {
      this.#udp.send(encode(this.#answer(decode(message))), peer.port, peer.address);
    });
  }

  async start(): Promise<number> {
    this.#tcp.listen(0, '127.0.0.1');
    await once(this.#tcp, 'listening');
    const { port } = this.#tcp.address() as AddressInfo;
    this.#udp.bind(port, '127.0.0.1');
    await once(this.#udp, 'listening');
    return port;
  }

  async stop(): Promise<void> {
    if (!this.#tcp.listening) return;
    for (const socket of this.#connections) socket.destroy();
    this.#tcp.close();
    this.#udp.close();
    await once(this.#tcp, 'close');
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      socket.write(streamEncode(this.#answer(streamDecode(bytes))));
    });
  }

  #answer({ id, questions = [] }: Packet): Packet {
    const [question] = questions;
    const { name = '', type = '' } = question ?? {};
    this.asked.push(`${name} ${type}`.toLowerCase());
    return {
      type: 'response',
      ...(id === undefined ? {} : { id }),
      flags: 0x0180, // RD and RA
      questions,
      answers: type === 'A' ? [{ name, type, ttl: 300, data: this.#address }] : [],
    };
  }
}
