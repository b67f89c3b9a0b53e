import type { Socket } from 'node:net';
import { clientPrefix } from '../../dns/client-prefix.ts';
import { FrameReader } from '../../dns/framing.ts';
import { MAX_QUERY_BYTES } from '../../dns/intake.ts';
import type { Query, ReplySink, SocketAddress } from '../../dns/query.ts';
import { type Exchange, PENDING } from '../exchange.ts';
import {
  keptMs,
  type Limits,
  TCP_ANSWER_MS,
  TCP_HELD_MS,
  TCP_PAUSE_BYTES,
  TCP_STUCK_MS,
  type TcpLimits,
} from '../limits.ts';
import { type CloseReason, RESETS, type TcpCounters } from './counters.ts';
import { LocalEnd } from './local-end.ts';
import { Placed } from './open-connections.ts';
import { TcpReplies } from './replies.ts';
import type { Turns } from './turns.ts';

/** What all connections share. */
export interface ConnectionContext {
  /** What the exchange has no limits of its own for. */
  readonly limits: Limits;
  readonly counters: TcpCounters;
  readonly turns: Turns;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Each query in turn. */
  readonly query: Query;
  /** Where the exchange writes a reply before it is copied into what is sent; 65,535 bytes. */
  readonly output: Buffer;
  /** Its place is free. Called once. */
  readonly onClosed: (connection: TcpConnection) => void;
  /** Takes an error that must not have been thrown; the connection is closed. Never throws. */
  readonly onPanic: (error: unknown) => void;
}

/**
 * One client's TCP connection: takes queries as they come, several at once (RFC 7766 section
 * 6.2.1.1), and sends each reply when it is ready, in any order (section 7).
 *
 * Reading stops ("held") while too many queries or replies wait, or others have their turn. It has
 * no timer of its own: the table of connections asks each whether it is `overdue`, several times a
 * second. An error thrown in its turn costs this connection and nothing else.
 */
export class TcpConnection extends Placed implements ReplySink {
  readonly #peer: SocketAddress;
  readonly #local: LocalEnd;
  readonly #socket: Socket;
  /** Answers its questions. */
  readonly exchange: Exchange;
  readonly #context: ConnectionContext;
  readonly #frames = new FrameReader({ maxBytes: MAX_QUERY_BYTES });
  readonly #replies: TcpReplies;
  #inFlight = 0;
  #working = false;
  /** Since when we do not read; undefined while we do. */
  #heldSince: number | undefined;
  #taken = 0;
  /** The client sends no more; what it has sent is still to be answered. */
  #ended = false;
  /** We read no more; what has been read is still to be answered. */
  #finishing = false;
  /** No more queries are taken; the connection closes when the last reply has gone. */
  #last: CloseReason | undefined;
  #closed = false;
  #heard = false;
  /** When a query last came or a reply last went; at first, when the client connected. */
  #lastUsed: number;
  #messageBegan: number | undefined;

  constructor(socket: Socket, peer: SocketAddress, exchange: Exchange, context: ConnectionContext) {
    super(clientPrefix(peer.address));
    this.#socket = socket;
    this.#peer = peer;
    this.exchange = exchange;
    this.#local = new LocalEnd(socket);
    this.#context = context;
    this.#replies = new TcpReplies(socket, context.now, () => {
      if (this.#isHeld) this.#proceed();
    });
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

  /** No query is being answered and no reply is waiting: closing it costs the client nothing. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#replies.areSent && !this.#isHeld;
  }

  /** It is not idle, and yet it does not get on: we do not read, or the client does not. */
  isStuck(now: number): boolean {
    const { unsentSince } = this.#replies;
    if (unsentSince === undefined && !this.#isHeld) return false;
    return now - Math.max(this.#lastUsed, unsentSince ?? 0) >= TCP_STUCK_MS;
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
    try {
      this.#add(message, message.length);
    } catch (error) {
      this.#panicked(error);
    }
    // Those that come in one turn leave in one write.
    if (this.#replies.isFull || this.#isHeld) this.#proceed();
    else if (!this.#closed && !this.#working) this.#context.turns.resumeLater(this);
  }

  /** Goes on with the queries that had to wait for others, or sends replies that came late. */
  resume(): void {
    this.#proceed();
  }

  /**
   * Reads no more, answers what has been read, and closes when the last reply has gone. With
   * `awaitsFirst` who has only just connected may still send a first query: it is under way.
   */
  finish(awaitsFirst = false): void {
    this.#finishing = true;
    if (awaitsFirst && !this.#heard) return;
    this.#socket.pause();
    this.#proceed();
  }

  /** Closes now; what has not been sent is lost. */
  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    // First its place: whatever comes of the socket, others can have that.
    this.#context.turns.forget(this);
    this.#context.onClosed(this);
    this.#context.counters.closed[reason].add(1);
    // A client that does not read gets a reset: else the kernel keeps what we sent for minutes.
    const isReset = this.#replies.unsentSince !== undefined && RESETS.has(reason);
    if (isReset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Why the connection has to be closed by now, if it has. `share` of all places are taken. */
  overdue(now: number, share: number): CloseReason | undefined {
    const quiet = now - this.#lastUsed;
    if (now - (this.#heldSince ?? now) >= TCP_HELD_MS) return 'held';
    const { unsentSince } = this.#replies;
    if (unsentSince !== undefined) {
      return now - unsentSince >= this.#limit('tcpStallMs') ? 'stalled' : undefined;
    }
    if (this.#inFlight > 0 && quiet >= TCP_ANSWER_MS) return 'unanswered';
    if (this.#isHeld) return undefined; // it is we who do not read
    if (!this.#heard) return quiet >= this.#limit('tcpFirstByteMs') ? 'first_byte' : undefined;
    const begun = this.#messageBegan;
    if (begun !== undefined) {
      return now - begun >= keptMs(this.#limit('tcpMessageMs'), share) ? 'message' : undefined;
    }
    if (this.#inFlight > 0) return undefined;
    return quiet >= keptMs(this.#limit('tcpIdleMs'), share) ? 'idle' : undefined;
  }

  get #isHeld(): boolean {
    return this.#heldSince !== undefined;
  }

  /** Looked up each time: a reload may bring others. */
  #limit(name: keyof TcpLimits): number {
    return this.exchange.tcpLimits?.[name] ?? this.#context.limits[name];
  }

  #read(chunk: Buffer): void {
    if (this.#closed || this.#last !== undefined) return;
    this.#heard = true;
    this.#frames.push(chunk);
    this.#proceed();
  }

  /** One turn: answers what has been read as far as may be, and sends what there is to send. */
  #proceed(): void {
    if (this.#closed || this.#working) return; // working: a reply given while answering
    this.#working = true;
    const { short, long } = this.#frames;
    try {
      if (this.#last === undefined) this.#answerAll();
      this.#flush();
      if (this.#ended && !this.#isHeld) this.#last ??= 'client';
      if (this.#last !== undefined) this.#endAfterReplies();
    } catch (error) {
      this.#panicked(error);
    } finally {
      this.#working = false;
      this.#context.counters.short.add(this.#frames.short - short);
      this.#context.counters.long.add(this.#frames.long - long);
    }
  }

  #panicked(error: unknown): void {
    this.#context.onPanic(error);
    this.close('panic');
  }

  #answerAll(): void {
    while (this.#frames.hasUnread) {
      if (!this.#hasRoom() || !this.#context.turns.take(this)) {
        this.#hold();
        return;
      }
      const message = this.#frames.next();
      if (message === undefined) break;
      this.#messageBegan = undefined;
      this.#answer(message);
      if (++this.#taken < this.#limit('tcpQueries')) continue;
      this.#last = 'queries';
      return;
    }
    if (!this.#finishing) {
      this.#readOn();
      return;
    }
    this.#heldSince = undefined;
    this.#last = 'shutdown';
  }

  #hasRoom(): boolean {
    if (this.#replies.isFull) this.#flush();
    if (this.#closed) return false;
    if (this.#inFlight >= this.#context.limits.tcpInFlight) return false;
    return this.#replies.unsentBytes < TCP_PAUSE_BYTES;
  }

  #hold(): void {
    this.#heldSince ??= this.#context.now();
    this.#socket.pause();
  }

  #readOn(): void {
    if (this.#isHeld) {
      this.#heldSince = undefined;
      this.#messageBegan = undefined; // the time it was held does not count against the client
      this.#socket.resume();
    }
    if (this.#frames.partial) this.#messageBegan ??= this.#context.now();
    else this.#messageBegan = undefined;
  }

  #answer(message: Buffer): void {
    const { query, output } = this.#context;
    const now = this.#context.now();
    query.input = message;
    query.length = message.length;
    query.peer = this.#peer;
    query.local = this.#local;
    query.sink = this;
    query.receivedAt = now;
    this.#lastUsed = now;
    this.#inFlight++;
    const length = this.exchange.answer(query, output);
    if (length === PENDING) return;
    this.#inFlight--;
    this.#add(output, length);
  }

  #add(reply: Uint8Array, length: number): void {
    if (length <= 0) return;
    const isTaken = !this.#closed && this.#replies.add(reply, length);
    if (!isTaken) this.#context.counters.repliesDropped.add(1);
  }

  #flush(): void {
    if (this.#closed || !this.#replies.flush()) return;
    this.#lastUsed = this.#context.now();
    if (this.#replies.unsentBytes > this.#context.limits.tcpWriteBytes) this.close('backlog');
  }

  #endAfterReplies(): void {
    if (this.#inFlight > 0 || !this.#replies.isEmpty) return;
    // To shut down first costs more than the reply, and is for what may be left to read or send.
    if (this.#ended && this.#replies.areSent) this.close(this.#last ?? 'client');
    else this.#socket.destroySoon();
  }
}
