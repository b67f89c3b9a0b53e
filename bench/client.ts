import { createSocket, type Socket } from 'node:dgram';
import { decode, encode } from 'dns-packet';

/** Asks a server of 127.0.0.1 for A records of the cluster, from one socket. */
export class Client {
  readonly #port: number;
  readonly #socket: Socket = createSocket('udp4');
  readonly #waiting = new Map<number, (address: string | undefined) => void>();
  #id = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async open(): Promise<void> {
    this.#socket.on('error', () => {}); // nobody listens yet
    this.#socket.on('message', (message) => {
      const { id = 0, answers = [] } = decode(message);
      const [answer] = answers;
      this.#waiting.get(id)?.(answer?.type === 'A' ? answer.data : '');
    });
    await new Promise<void>((done) => this.#socket.connect(this.#port, '127.0.0.1', done));
  }

  /** The address, '' when there is none; undefined when no reply comes within a second. */
  ask(name: string): Promise<string | undefined> {
    this.#id = (this.#id + 1) & 0xffff;
    const id = this.#id;
    const question = { type: 'A', name: `${name}.svc.cluster.local` } as const;
    this.#socket.send(encode({ type: 'query', id, questions: [question] }), () => {});
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(id, undefined, resolve), 1000);
      this.#waiting.set(id, (address) => {
        clearTimeout(timer);
        this.#end(id, address, resolve);
      });
    });
  }

  #end(id: number, address: string | undefined, resolve: (found: string | undefined) => void) {
    this.#waiting.delete(id);
    resolve(address);
  }

  close(): void {
    this.#socket.close();
  }
}
