import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ServerAddress } from '../helpers/ask.ts';
import { PATIENCE_MS } from '../helpers/patience.ts';

export interface UdpClientOptions {
  /** The address to ask from: any of 127.0.0.0/8 is a client of its own. */
  readonly from?: string;
  /** Queries due at a time. */
  readonly window?: number;
}

/** A kernel drops datagrams when a machine is busy; a client asks again after so long; ms. */
const AGAIN_MS = 3000;

/** A client of many questions. Its socket is connected: replies from elsewhere do not reach it. */
export class UdpClient {
  readonly #socket: Socket = createSocket('udp4');
  readonly #window: number;
  #received: (reply: Buffer) => void = () => {};
  /** IDs of questions that were asked again and are answered: late replies to those are none. */
  readonly #late = new Set<number>();
  /** Every datagram that came, but those to a question that was asked twice come once. */
  readonly received: Buffer[] = [];

  private constructor(window: number) {
    this.#window = window;
    this.#socket.on('error', () => {}); // what is lost is asked again
    this.#socket.on('message', (reply) => {
      if (this.#late.has(reply.readUInt16BE())) return;
      this.received.push(reply);
      this.#received(reply);
    });
  }

  static async open(server: ServerAddress, options: UdpClientOptions = {}): Promise<UdpClient> {
    const { from = '127.0.0.1', window = 64 } = options;
    const client = new UdpClient(window);
    client.#socket.bind(0, from);
    await once(client.#socket, 'listening');
    client.#socket.connect(server.port, server.address);
    await once(client.#socket, 'connect');
    return client;
  }

  /** Sends a message and expects nothing. */
  send(message: Buffer): void {
    this.#socket.send(message);
  }

  /**
   * The replies to queries, up to 65,536, each under an ID of its own; rejects when some never
   * come.
   */
  async askAll(queries: readonly Buffer[]): Promise<readonly Buffer[]> {
    const replies: Buffer[] = [];
    const due = new Set<number>();
    const repeated = new Set<number>();
    this.#late.clear();
    let next = 0;
    let rounds = 0;
    await new Promise<void>((resolve, reject) => {
      const sendOne = (index: number) => {
        const query = Buffer.from(queries[index]!);
        query.writeUInt16BE(index);
        this.#socket.send(query);
      };
      const fill = () => {
        while (due.size < this.#window && next < queries.length) {
          due.add(next);
          sendOne(next++);
        }
        if (due.size > 0) return;
        clearInterval(again);
        resolve();
      };
      let before = -1;
      const again = setInterval(() => {
        const isMoving = this.received.length !== before;
        before = this.received.length;
        if (isMoving) return;
        for (const index of due) {
          repeated.add(index);
          sendOne(index);
        }
        if (++rounds < PATIENCE_MS / AGAIN_MS) return;
        clearInterval(again);
        reject(new Error(`No reply to ${due.size} of ${queries.length} queries`));
      }, AGAIN_MS);
      this.#received = (reply) => {
        const index = reply.readUInt16BE();
        if (!due.delete(index)) return;
        if (repeated.has(index)) this.#late.add(index);
        replies[index] = reply;
        fill();
      };
      fill();
    });
    return replies;
  }

  close(): void {
    this.#socket.close();
  }
}

/** The code of a reply: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
export const rcodeOf = (reply: Buffer) => reply.readUInt16BE(2) & 15;
