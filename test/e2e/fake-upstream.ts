import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';

/** A query that an upstream was sent. */
export interface Asked {
  readonly bytes: Buffer;
  readonly packet: Packet;
  /** In the letters it came in. */
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  /** The port it came from. */
  readonly port: number;
  /** Sends a message back. Once the upstream has stopped, nothing. */
  readonly send: (message: Buffer) => void;
}

/** What an upstream does with a query. */
export type Script = (asked: Asked) => void;

export interface UpstreamOptions {
  /** Default true; without, its TCP port is closed. */
  readonly tcp?: boolean;
}

/** A resolver on loopback that does what its script says, and remembers what it was asked. */
export class FakeUpstream {
  readonly #udp = createSocket('udp4');
  readonly #tcp = createServer((socket) => this.#serve(socket));
  readonly #connections = new Set<Socket>();
  readonly #hasTcp: boolean;
  #isStopped = false;
  /** May be changed at any time. */
  script: Script;
  /** Everything it was asked. */
  readonly queries: Asked[] = [];
  /** The same, as `NAME TYPE` in lower case. */
  readonly asked: string[] = [];

  /** With an address for a script: every name of type A has it; all others have no data. */
  constructor(script: string | Script, { tcp = true }: UpstreamOptions = {}) {
    this.script = typeof script === 'string' ? good(script) : script;
    this.#hasTcp = tcp;
    this.#udp.on('message', (bytes, { port, address }) => {
      this.#take(bytes, 'udp', port, (message) => this.#udp.send(message, port, address));
    });
  }

  /** Resolves with its port, the same for UDP and TCP. */
  async start(): Promise<number> {
    this.#tcp.listen(0, '127.0.0.1');
    await once(this.#tcp, 'listening');
    const { port } = this.#tcp.address() as AddressInfo;
    this.#udp.bind(port, '127.0.0.1');
    try {
      await once(this.#udp, 'listening');
    } catch {
      // Free for TCP only: another one.
      this.#tcp.close();
      await once(this.#tcp, 'close');
      return this.start();
    }
    if (!this.#hasTcp) this.#tcp.close();
    return port;
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const socket of this.#connections) socket.destroy();
    this.#udp.close();
    if (!this.#tcp.listening) return;
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }

  /** How often it was asked this: `www.example.org a`. */
  times(question: string): number {
    return this.asked.filter((one) => one === question).length;
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => {});
    let unread = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE()) {
        const end = 2 + unread.readUInt16BE();
        const bytes = unread.subarray(2, end);
        unread = unread.subarray(end);
        this.#take(bytes, 'tcp', socket.remotePort ?? 0, (message) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(message.length);
          socket.write(Buffer.concat([length, message]));
        });
      }
    });
  }

  #take(bytes: Buffer, transport: 'udp' | 'tcp', port: number, send: Asked['send']): void {
    const packet = decode(bytes);
    const { name = '', type = '' } = packet.questions?.[0] ?? {};
    this.asked.push(`${name} ${type}`.toLowerCase());
    const asked: Asked = {
      ...{ bytes, packet, name, type, transport, port },
      send: (message) => {
        if (!this.#isStopped) send(message);
      },
    };
    this.queries.push(asked);
    this.script(asked);
  }
}

/** A reply with the query's ID and question, from a resolver: RD and RA. */
export function replyTo({ packet }: Asked, changes: Partial<Packet> = {}): Buffer {
  const { id, questions = [] } = packet;
  return encode({
    type: 'response',
    ...(id === undefined ? {} : { id }),
    flags: 0x0180,
    questions,
    ...changes,
  });
}

/** An A record for the name asked for, 300 s. */
export function addressFor({ name }: Asked, address: string): Answer {
  return { name, type: 'A', ttl: 300, data: address };
}

/** Every name of type A has this address; all others have no data. */
export function good(address: string): Script {
  return (asked) => {
    const answers = asked.type === 'A' ? [addressFor(asked, address)] : [];
    asked.send(replyTo(asked, { answers }));
  };
}

/** Takes queries and never says a word. */
export const silent: Script = () => {};

/** Answers so much later, ms. */
export function slow(ms: number, script: Script): Script {
  return (asked) => void setTimeout(() => script(asked), ms);
}

/** Cuts every reply over UDP; over TCP it is whole. */
export function truncating(script: Script): Script {
  return (asked) => {
    if (asked.transport === 'udp') asked.send(replyTo(asked, { flags: 0x0380 }));
    else script(asked);
  };
}

/**
 * What others throw at a port on which a reply is expected: cut short, another ID, another
 * question, a query, bytes that are no message. Each, taken for the reply, would lead to `lie`.
 */
export function garbageFor(asked: Asked, lie: string): Buffer[] {
  const answers = [addressFor(asked, lie)];
  const forged = replyTo(asked, { answers });
  const otherId = Buffer.from(forged);
  otherId.writeUInt16BE(forged.readUInt16BE() ^ 0x5555);
  const noReply = Buffer.from(forged);
  noReply.writeUInt16BE(forged.readUInt16BE(2) & 0x7fff, 2);
  const name = `x${asked.name}`;
  const questions = [{ name, type: 'A', class: 'IN' } as const];
  const otherQuestion = replyTo(asked, {
    questions,
    answers: [...answers, { name, type: 'A', ttl: 300, data: lie }],
  });
  return [
    forged.subarray(0, 7),
    forged.subarray(0, forged.length - 3),
    otherId,
    otherQuestion,
    noReply,
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ];
}
