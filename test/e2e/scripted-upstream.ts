import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';

/** The most that it says over UDP; longer answers are cut (TC). */
const UDP_BYTES = 1232;

/**
 * A resolver on loopback that answers each name, of whatever type, with what it is told; or relays
 * it all to another.
 */
export class ScriptedUpstream {
  readonly #udp = createSocket('udp4');
  readonly #relay = createSocket('udp4');
  readonly #tcp = createServer((socket) => this.#serve(socket));
  readonly #connections = new Set<Socket>();
  readonly #answers: (name: string) => readonly Answer[];
  #relayPort: number | undefined;
  /** What it was asked, `NAME TYPE` in lower case. */
  readonly asked: string[] = [];

  constructor(answers: (name: string) => readonly Answer[]) {
    this.#answers = answers;
  }

  async start(): Promise<number> {
    this.#tcp.listen(0, '127.0.0.1');
    await once(this.#tcp, 'listening');
    const { port } = this.#tcp.address() as AddressInfo;
    this.#udp.bind(port, '127.0.0.1');
    await once(this.#udp, 'listening');
    this.#udp.on('message', (message, peer) => {
      const reply = (bytes: Buffer) => this.#udp.send(bytes, peer.port, peer.address);
      const answer = this.#answer(decode(message));
      if (this.#relayPort !== undefined) {
        this.#relay.send(message, this.#relayPort, '127.0.0.1');
        return;
      }
      const whole = encode(answer);
      reply(whole.length <= UDP_BYTES ? whole : encode({ ...answer, flags: 0x0380, answers: [] }));
    });
    return port;
  }

  /** From now on it asks a server at this port, and keeps the answers to itself. */
  relayTo(port: number): void {
    this.#relayPort = port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#udp.close();
    this.#relay.close();
    this.#tcp.close();
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

  #answer({ id = 0, questions = [] }: Packet): Packet {
    const { name = '', type = '' } = questions[0] ?? {};
    this.asked.push(`${name} ${type}`.toLowerCase());
    const answers = [...this.#answers(name.toLowerCase())];
    return { type: 'response', id, flags: 0x0180, questions, answers };
  }
}
