import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { WireName } from '../../dns/record.ts';
import type { Timer } from '../../support/clock.ts';
import {
  type AskOptions,
  addressOf,
  askTcp,
  isTruncated,
  noReply,
  type RawReply,
  reason,
} from './dns-client.ts';
import { encodeNamedQuestion, isReplyTo, questionEnd } from './dns-question.ts';

export interface UdpQuestionsOptions extends Required<AskOptions> {
  /** A random ID for each question. */
  readonly randomId: () => number;
}

/** A reply, and where its question ends. */
export interface AskedReply extends RawReply {
  readonly questionEnd: number;
}

/** A question that waits for its reply. */
interface Asked {
  readonly query: Buffer;
  readonly start: number;
  readonly settle: (outcome: RawReply | Error) => void;
  timer: Timer | undefined;
  left: number;
}

/** Fewer than there are IDs, so that a free one is found at once. */
const MAX_WAITING = 4096;

/**
 * Many questions to one server, over one UDP socket that takes datagrams from that server only, and
 * over TCP what does not fit.
 */
export class UdpQuestions {
  readonly #options: UdpQuestionsOptions;
  readonly #waiting = new Map<number, Asked>();
  #socket: Socket | undefined;
  #opening: Promise<Socket> | undefined;

  constructor(options: UdpQuestionsOptions) {
    this.#options = options;
  }

  /**
   * Asks one question.
   *
   * @throws {NoReplyError}
   */
  async ask(name: WireName, type: number): Promise<AskedReply> {
    const { server } = this.#options;
    this.#opening ??= this.#open();
    const socket = await this.#opening;
    if (this.#waiting.size >= MAX_WAITING) throw noReply('udp', server, 'too many questions');
    const query = encodeNamedQuestion(name, type, this.#freeId());
    const outcome = await new Promise<RawReply | Error>((settle) => {
      const start = this.#options.clock.now();
      const left = this.#options.tries;
      const asked: Asked = { query, start, settle, timer: undefined, left };
      this.#waiting.set(query.readUInt16BE(0), asked);
      this.#send(socket, asked);
    });
    if (outcome instanceof Error) throw outcome;
    const reply = isTruncated(outcome) ? await askTcp(query, this.#options) : outcome;
    return { ...reply, questionEnd: questionEnd(query) };
  }

  /** Whoever still waits for a reply gets none. */
  close(): void {
    this.#fail('the question was given up');
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const { server } = this.#options;
    const address = await addressOf(server);
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.on('error', (error) => {
        reject(noReply('udp', server, reason(error)));
        this.#fail(reason(error));
      });
      socket.on('message', (bytes) => this.#take(bytes));
      socket.on('connect', () => resolve(socket));
      socket.connect(server.port, address);
    });
  }

  #freeId(): number {
    let id = this.#options.randomId();
    while (this.#waiting.has(id)) id = (id + 1) & 0xffff;
    return id;
  }

  #send(socket: Socket, asked: Asked): void {
    const { server, clock, timeoutMs, tries } = this.#options;
    asked.left--;
    socket.send(asked.query, (error) => {
      if (error) this.#settle(asked, noReply('udp', server, reason(error)));
    });
    asked.timer = clock.setTimeout(() => {
      if (asked.left > 0) this.#send(socket, asked);
      else {
        const why = `no reply to ${tries} tries of ${timeoutMs} ms`;
        this.#settle(asked, noReply('udp', server, why));
      }
    }, timeoutMs);
  }

  #take(bytes: Buffer): void {
    const asked = bytes.length < 2 ? undefined : this.#waiting.get(bytes.readUInt16BE(0));
    if (asked === undefined || !isReplyTo(asked.query, bytes)) return;
    const ms = this.#options.clock.now() - asked.start;
    this.#settle(asked, { bytes, transport: 'udp', ms });
  }

  #fail(why: string): void {
    for (const asked of [...this.#waiting.values()]) {
      this.#settle(asked, noReply('udp', this.#options.server, why));
    }
  }

  #settle(asked: Asked, outcome: RawReply | Error): void {
    asked.timer?.cancel();
    this.#waiting.delete(asked.query.readUInt16BE(0));
    asked.settle(outcome);
  }
}
