import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { REPLY_MS } from '../helpers/patience.ts';
import { encodeQuery } from '../helpers/query.ts';
import { readReply } from '../helpers/reply.ts';
import { type Config, QUESTIONS } from './reload-world.ts';

const ASKED = QUESTIONS.map((question) => ({
  ...question,
  wire: encodeQuery(question.name, question.type, { id: 0 }),
  /** What each reply seen so far comes to, by its bytes without the ID. */
  seen: new Map<string, string>(),
}));

/** Question numbers, each as often as its share says: 100 in all. */
export const MIX: readonly number[] = ASKED.flatMap(({ share }, number) =>
  new Array<number>(share).fill(number),
);

/** Those about names of the cluster only. */
export const CLUSTER_MIX = MIX.filter((number) => ASKED[number]!.name.endsWith('.cluster.local.'));

/** Which configurations may answer, and the count of what they answered. */
export class Judge {
  /** Every configuration asked for so far. */
  readonly #configs: Config[] = [];
  /** The last one that the server said it had taken. */
  #confirmed = 0;
  answered = 0;
  lost = 0;
  readonly wrong: string[] = [];

  /** From now on this one may answer too. */
  wants(config: Config): void {
    this.#configs.push(config);
  }

  /** From now on no earlier one may. */
  confirm(): void {
    this.#confirmed = this.#configs.length - 1;
  }

  /** The first that may answer a question that is asked now. */
  get since(): number {
    return this.#confirmed;
  }

  judge(asked: Asked, reply: Buffer, id: number, transport: 'udp' | 'tcp'): void {
    const { number, since } = asked;
    this.answered++;
    const question = ASKED[number]!;
    const got = outcome(number, reply, id, transport);
    for (let i = since; i < this.#configs.length; i++) {
      if (got === question.answer(this.#configs[i]!)) return;
    }
    const wanted = this.#configs.slice(since).map(question.answer).join(' or ');
    const ms = Math.round(performance.now() - asked.at);
    const what = `${question.name} ${question.type} over ${transport}`;
    this.fail(`${what}: ${got} after ${ms} ms, and not ${wanted}`);
  }

  fail(what: string): void {
    if (this.wrong.length < 20) this.wrong.push(what);
  }
}

/** RCODE, address and TTL; the TTL is `-` for names that are not the cluster's. */
function outcome(number: number, reply: Buffer, id: number, transport: 'udp' | 'tcp'): string {
  const { name, wire, seen } = ASKED[number]!;
  const key = reply.toString('latin1', 2);
  const known = seen.get(key);
  if (known !== undefined) return known;
  const query = Buffer.from(wire);
  query.writeUInt16BE(id);
  const text = outcomeText(name, query, reply, transport);
  seen.set(key, text);
  return text;
}

function outcomeText(name: string, query: Buffer, bytes: Buffer, transport: 'udp' | 'tcp'): string {
  try {
    const reply = readReply(query, bytes, transport);
    const [first, ...more] = reply.answer;
    if (more.length > 0) return `${reply.rcode}, ${reply.answer.length} records`;
    if (first === undefined) return reply.rcode;
    const [owner, ttl, , , address] = first.split(' ');
    if (owner !== name) return `an answer about ${owner}`;
    const isCorefiles = address?.startsWith('10.9') && address !== '10.99.0.1';
    return `${reply.rcode} ${address} ${isCorefiles ? ttl : '-'}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A question that is under way. */
interface Asked {
  readonly number: number;
  /** The first configuration that may answer it. */
  readonly since: number;
  /** When it was sent, ms. */
  readonly at: number;
}

/** Questions under way on one socket or connection. */
class Flight {
  readonly #judge: Judge;
  readonly #mix: readonly number[];
  readonly #waiting = new Map<number, Asked>();
  #id = 0;

  constructor(judge: Judge, mix: readonly number[]) {
    this.#judge = judge;
    this.#mix = mix;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Another question, with an ID of its own. */
  next(): Buffer {
    this.#id = (this.#id + 1) & 0xffff;
    const number = this.#mix[(this.#id * 37) % this.#mix.length]!;
    const wire = Buffer.from(ASKED[number]!.wire);
    wire.writeUInt16BE(this.#id);
    this.#waiting.set(this.#id, { number, since: this.#judge.since, at: performance.now() });
    return wire;
  }

  take(reply: Buffer, transport: 'udp' | 'tcp'): void {
    const id = reply.readUInt16BE();
    const asked = this.#waiting.get(id);
    if (asked === undefined) {
      this.#judge.fail(`a reply that nobody waits for: ${reply.toString('hex')}`);
      return;
    }
    this.#waiting.delete(id);
    this.#judge.judge(asked, reply, id, transport);
  }

  checkLost(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || performance.now() - oldest[1].at < REPLY_MS) return;
    this.#waiting.delete(oldest[0]);
    this.#judge.lost++;
  }

  /** The connection is gone, and with it what was asked over it. */
  loseAll(): void {
    this.#judge.lost += this.#waiting.size;
    this.#waiting.clear();
  }
}

/** A stub resolver's socket to one address, with some questions under way. */
export class UdpClient {
  readonly #socket: UdpSocket = createSocket('udp4');
  readonly #flight: Flight;
  readonly #window: number;

  constructor(judge: Judge, window: number, mix: readonly number[]) {
    this.#flight = new Flight(judge, mix);
    this.#window = window;
    this.#socket.on('message', (reply) => this.#flight.take(reply, 'udp'));
    this.#socket.on('error', (error) => judge.fail(`UDP: ${error.message}`));
  }

  async connect(address: string, port: number): Promise<this> {
    this.#socket.connect(port, address);
    await once(this.#socket, 'connect');
    return this;
  }

  fill(): void {
    while (this.#flight.size < this.#window) this.#socket.send(this.#flight.next());
  }

  /** Asks no more: the server closes the socket. */
  leave(): void {}

  get isIdle(): boolean {
    return this.#flight.size === 0;
  }

  checkLost(): void {
    this.#flight.checkLost();
  }

  close(): void {
    this.#socket.close();
  }
}

/** A TCP connection, with some questions under way; the server has no reason to close it. */
export class TcpStub {
  readonly #flight: Flight;
  readonly #window: number;
  readonly #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #isClosing = false;
  sent = 0;

  constructor(judge: Judge, window: number, mix: readonly number[], address: string, port: number) {
    this.#flight = new Flight(judge, mix);
    this.#window = window;
    this.#socket = connect({ host: address, port, noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => judge.fail(`TCP: ${error.message}`));
    this.#socket.on('close', () => {
      this.#flight.loseAll();
      if (!this.#isClosing) judge.fail(`TCP: closed after ${this.sent} questions`);
    });
  }

  fill(): void {
    if (!this.#socket.writable) return;
    const frames: Buffer[] = [];
    while (this.#flight.size < this.#window) {
      const query = this.#flight.next();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      frames.push(length, query);
      this.sent++;
    }
    if (frames.length > 0) this.#socket.write(Buffer.concat(frames));
  }

  get isIdle(): boolean {
    return this.#flight.size === 0;
  }

  checkLost(): void {
    this.#flight.checkLost();
  }

  /** Asks no more: the server closes the connection when it has answered. */
  leave(): void {
    this.#isClosing = true;
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 2) {
      const end = 2 + this.#unread.readUInt16BE();
      if (this.#unread.length < end) return;
      this.#flight.take(this.#unread.subarray(2, end), 'tcp');
      this.#unread = this.#unread.subarray(end);
    }
  }
}
