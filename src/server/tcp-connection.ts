import type { Socket } from 'node:net';
import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../dns/framing.ts';
import { type Exchange, PENDING, type Peer, type ReplySink } from './exchange.ts';
import {
  keptMs,
  type Limits,
  MAX_QUERY_BYTES,
  TCP_ANSWER_MS,
  TCP_PAUSE_BYTES,
  type TcpLimits,
} from './limits.ts';
import type { CloseReason, TcpCounters } from './tcp-counters.ts';
import type { Turns } from './turns.ts';

/** What all connections share. */
export interface ConnectionContext {
  readonly exchange: Exchange;
  /** What the exchange has no limits of its own for. */
  readonly limits: Limits;
  readonly counters: TcpCounters;
  readonly turns: Turns;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Where the exchange writes a reply before it is copied into what is sent; 65,535 bytes. */
  readonly output: Buffer;
  readonly onClosed: (connection: TcpConnection) => void;
}

/**
 * One client's TCP connection: takes queries as they come, several at once (RFC 7766 section
 * 6.2.1.1), and sends each reply when it is ready, in any order (section 7).
 *
 * Reading stops ("held") while too many queries or replies wait, or others have their turn. It has
 * no timer of its own: the table of connections asks each whether it is `overdue`, several times a
 * second.
 */
export class TcpConnection implements ReplySink {
  readonly peer: Peer;
  /** The address and port of ours that the client connected to. */
  readonly local: Peer;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #frames = new FrameReader({ maxBytes: MAX_QUERY_BYTES });
  /** Replies, each behind its length, that go out in the next write. */
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #inFlight = 0;
  #working = false;
  #held = false;
  #taken = 0;
  /** The client sends no more; what it has sent is still to be answered. */
  #ended = false;
  /** No more queries are taken; the connection closes when the last reply has gone. */
  #last: CloseReason | undefined;
  #closed = false;

  #heard = false;
  /** When a query last came or a reply last went; at first, when the client connected. */
  #lastUsed: number;
  #messageBegan: number | undefined;
  /** Writes the kernel has not taken, and when it last took one (or the first was tried). */
  #writes = 0;
  #writeMoved = 0;

  constructor(socket: Socket, peer: Peer, context: ConnectionContext) {
    this.#socket = socket;
    this.peer = peer;
    const { localAddress = '', localPort = 0 } = socket;
    this.local = { address: localAddress, port: localPort };
    this.#context = context;
    this.#lastUsed = context.now();
    this.#messageBegan = this.#lastUsed; // who connects has a query to send
    socket.on('data', (chunk) => this.#read(chunk));
    // The client sends no more, and still gets its replies (RFC 7766 section 6.2.4).
    socket.on('end', () => {
      this.#ended = true;
      this.#proceed();
    });
    socket.on('error', () => this.close('error')); // ECONNRESET, EPIPE: nothing to do but go
    socket.on('close', () => this.close(this.#last ?? 'client'));
  }

  /** Who answers its questions. */
  get exchange(): Exchange {
    return this.#context.exchange;
  }

  /** No query is being answered and no reply is waiting: closing it costs the client nothing. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#writes === 0 && !this.#held;
  }

  /** Queries whose reply is still to come. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Least for the connection that has been of no use the longest. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** Sends the reply to a query that was left pending; an empty one means there is none. */
  reply(message: Uint8Array): void {
    if (this.#inFlight === 0) return; // a second reply to one query
    this.#inFlight--;
    this.#add(message, message.length);
    this.#proceed();
  }

  /** Goes on with the queries that had to wait for others. */
  resume(): void {
    this.#proceed();
  }

  /** Takes no more queries, sends the replies that are due, and closes. */
  finish(): void {
    this.#socket.pause();
    this.#context.turns.forget(this);
    this.#held = false;
    this.#answerRead();
    this.#endAfterReplies('shutdown');
  }

  /** Closes now; what has not been sent is lost. */
  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.turns.forget(this);
    // A client that does not read gets a reset: else the kernel keeps what we sent for minutes.
    if (reason === 'stalled' || reason === 'backlog') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#context.counters.closed[reason].add(1);
    this.#context.onClosed(this);
  }

  /** Why the connection has to be closed by now, if it has. `share` of all places are taken. */
  overdue(now: number, share: number): CloseReason | undefined {
    const quiet = now - this.#lastUsed;
    if (this.#writes > 0) {
      return now - this.#writeMoved >= this.#limit('tcpStallMs') ? 'stalled' : undefined;
    }
    if (this.#inFlight > 0 && quiet >= TCP_ANSWER_MS) return 'unanswered';
    if (this.#held) return undefined; // it is we who do not read
    if (!this.#heard) return quiet >= this.#limit('tcpFirstByteMs') ? 'first_byte' : undefined;
    const begun = this.#messageBegan;
    if (begun !== undefined) {
      return now - begun >= keptMs(this.#limit('tcpMessageMs'), share) ? 'message' : undefined;
    }
    if (this.#inFlight > 0) return undefined;
    return quiet >= keptMs(this.#limit('tcpIdleMs'), share) ? 'idle' : undefined;
  }

  /** Asked for each time: a reload may bring others. */
  #limit(name: keyof TcpLimits): number {
    const { exchange, limits } = this.#context;
    return exchange.tcpLimits?.[name] ?? limits[name];
  }

  #read(chunk: Buffer): void {
    if (this.#closed || this.#last !== undefined) return;
    this.#heard = true;
    this.#frames.push(chunk);
    this.#proceed();
  }

  /** Answers what has been read as far as may be, and sends what there is to send. */
  #proceed(): void {
    if (this.#closed || this.#working) return; // working: a reply given while answering
    this.#working = true;
    const { short, long } = this.#frames;
    if (this.#last === undefined) this.#answerAll();
    this.#flush();
    this.#working = false;
    this.#context.counters.short.add(this.#frames.short - short);
    this.#context.counters.long.add(this.#frames.long - long);
    if (this.#ended && !this.#held) this.#last ??= 'client';
    if (this.#last !== undefined) this.#endAfterReplies(this.#last);
  }

  /** Answers the queries that have been read and had to wait, so that none is lost when we stop. */
  #answerRead(): void {
    while (this.#last === undefined && this.#hasRoom()) {
      const message = this.#frames.next();
      if (message === undefined) break;
      this.#answer(message);
    }
    this.#flush();
  }

  #answerAll(): void {
    while (this.#hasRoom() && this.#context.turns.take(this)) {
      const message = this.#frames.next();
      if (message === undefined) {
        this.#readOn();
        return;
      }
      this.#messageBegan = undefined;
      this.#answer(message);
      if (++this.#taken < this.#limit('tcpQueries')) continue;
      this.#last = 'queries';
      return;
    }
    this.#held = true;
    this.#socket.pause();
  }

  #hasRoom(): boolean {
    if (this.#batchBytes >= WRITE_BYTES) this.#flush();
    if (this.#closed) return false;
    if (this.#inFlight >= this.#context.limits.tcpInFlight) return false;
    return this.#socket.writableLength < TCP_PAUSE_BYTES;
  }

  #readOn(): void {
    if (this.#held) {
      this.#held = false;
      this.#messageBegan = undefined; // the time it was held does not count against the client
      this.#socket.resume();
    }
    if (this.#frames.partial) this.#messageBegan ??= this.#context.now();
    else this.#messageBegan = undefined;
  }

  #answer(message: Buffer): void {
    const { exchange, output } = this.#context;
    this.#lastUsed = this.#context.now();
    this.#inFlight++;
    const length = exchange.answer(message, message.length, this.peer, 'tcp', output, this);
    if (length === PENDING) return;
    this.#inFlight--;
    this.#add(output, length);
  }

  /** Puts a reply in line. Length and message leave in one write (RFC 7766 section 8). */
  #add(reply: Uint8Array, length: number): void {
    if (length <= 0) return;
    if (this.#closed || length > MAX_MESSAGE_BYTES) {
      this.#context.counters.repliesDropped.add(1);
      return;
    }
    const frame = framed(reply, length);
    this.#batch.push(frame);
    this.#batchBytes += frame.length;
  }

  #flush(): void {
    if (this.#closed || this.#batchBytes === 0) return;
    const [first] = this.#batch;
    const bytes = this.#batch.length === 1 ? first! : Buffer.concat(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#lastUsed = this.#context.now();
    if (this.#writes++ === 0) this.#writeMoved = this.#lastUsed;
    this.#socket.write(bytes, this.#written);
    if (this.#socket.writableLength > this.#context.limits.tcpWriteBytes) this.close('backlog');
  }

  readonly #written = (): void => {
    this.#writes--;
    this.#writeMoved = this.#context.now();
    if (this.#held) this.#proceed();
  };

  #endAfterReplies(reason: CloseReason): void {
    this.#last = reason;
    if (this.#inFlight === 0 && this.#batchBytes === 0) this.#socket.destroySoon();
  }
}

/** Replies are gathered up to this size before they are written: one write, and progress to see. */
const WRITE_BYTES = 16 * 1024;
