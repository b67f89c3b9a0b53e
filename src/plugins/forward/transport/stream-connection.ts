import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../../../dns/framing.ts';
import { readUint16, writeUint16 } from '../../../dns/header.ts';
import type { Clock, Timer } from '../../../support/clock.ts';
import type { Stream, StreamEvents } from './sockets.ts';

/** Waits for a reply on a stream. Exactly one of the two is called, once. */
export interface StreamWaiter {
  answered(bytes: Buffer): void;
  failed(error: Error): void;
}

/** Queries under way on one connection, answered in any order (RFC 7766 section 6.2.1.1). */
const MAX_PIPELINED = 128;

/** How long opening may take, handshakes included; ms. */
const OPEN_MS = 2000;

/** Tolerated messages with an ID that no query has: late replies to queries given up. */
const MAX_STRAYS = 100;

/** After a query is given up without a byte for this long, the connection is not used; ms. */
const STALLED_MS = 200;

/** When queries wait this long without a byte, the connection may be dead: it gets no more; ms. */
const SILENT_MS = 1450;

/** What a connection uses of its upstream and the plugin. */
export interface StreamContext {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** A new stream to the upstream. */
  readonly open: (events: StreamEvents) => Stream;
}

/** Events for the pool. */
export interface ConnectionEvents {
  /** No query is under way. */
  idle(): void;
  /** It cannot be used any more. */
  ended(): void;
}

/** One TCP or TLS connection to an upstream, with many queries under way, matched by ID. */
export class StreamConnection {
  readonly #context: StreamContext;
  readonly #events: ConnectionEvents;
  readonly #waiters = new Map<number, StreamWaiter>();
  /** A message that is too short counts as one that no query has. */
  readonly #frames = new FrameReader({ maxBytes: MAX_MESSAGE_BYTES, minBytes: 0 });
  readonly #stream: Stream;
  readonly #opening: Timer;
  readonly openedAt: number;
  #queued: Buffer[] | undefined = [];
  #replies = 0;
  #strays = 0;
  #lastByteAt: number;
  /** Since when queries wait for any byte. */
  #waitsSince: number | undefined;
  #isStalled = false;
  #isEnded = false;

  constructor(context: StreamContext, events: ConnectionEvents) {
    const { clock } = context;
    this.#context = context;
    this.#events = events;
    this.openedAt = clock.now();
    this.#lastByteAt = this.openedAt;
    this.#opening = clock.setTimeout(
      () => this.#end(new Error(`not open after ${OPEN_MS} ms`)),
      OPEN_MS,
    );
    this.#stream = context.open({
      opened: () => this.#opened(),
      received: (chunk) => this.#received(chunk),
      closed: (error) => this.#end(error ?? new Error('the connection was closed without a reply')),
    });
  }

  get underWay(): number {
    return this.#waiters.size;
  }

  /** It has worked: that it is closed now says nothing about the upstream. */
  get hasReplied(): boolean {
    return this.#replies > 0;
  }

  /** It takes another query. */
  get isUsable(): boolean {
    if (this.#isEnded || this.#isStalled || this.#waiters.size >= MAX_PIPELINED) return false;
    return (
      this.#waitsSince === undefined || this.#context.clock.now() - this.#waitsSince < SILENT_MS
    );
  }

  /** Sends a query under an ID of its own. The function returned gives up waiting. */
  ask(query: Buffer, waiter: StreamWaiter): () => void {
    const id = this.#freeId();
    const sentAt = this.#context.clock.now();
    const frame = framed(query);
    writeUint16(frame, 2, id);
    this.#waiters.set(id, waiter);
    this.#waitsSince ??= sentAt;
    if (this.#queued === undefined) this.#stream.write(frame);
    else this.#queued.push(frame);
    return () => {
      if (this.#waiters.get(id) !== waiter) return;
      this.#waiters.delete(id);
      const waited = this.#context.clock.now() - sentAt;
      if (waited >= STALLED_MS && this.#lastByteAt <= sentAt) this.#isStalled = true;
      this.#settle();
    };
  }

  /** Ends it now; queries under way fail. */
  close(): void {
    this.#end(new Error('the connection was closed'));
  }

  #opened(): void {
    if (this.#isEnded) return;
    this.#opening.cancel();
    for (const frame of this.#queued ?? []) this.#stream.write(frame);
    this.#queued = undefined;
  }

  #received(chunk: Buffer): void {
    if (this.#isEnded) return;
    this.#lastByteAt = this.#context.clock.now();
    this.#waitsSince = this.#lastByteAt;
    const frames = this.#frames;
    frames.push(chunk);
    for (let message = frames.next(); message !== undefined; message = frames.next()) {
      this.#deliver(message);
    }
  }

  #deliver(message: Buffer): void {
    const id = message.length < 2 ? -1 : readUint16(message, 0);
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) {
      if (++this.#strays > MAX_STRAYS) this.#end(new Error('too many replies to nothing asked'));
      return;
    }
    this.#waiters.delete(id);
    this.#replies++;
    waiter.answered(message);
    this.#settle();
  }

  #settle(): void {
    if (this.#isEnded || this.#waiters.size > 0) return;
    this.#waitsSince = undefined;
    if (this.#isStalled) this.close();
    else this.#events.idle();
  }

  #end(error: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#opening.cancel();
    this.#stream.close();
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    this.#events.ended();
    for (const waiter of waiters) waiter.failed(error);
  }

  #freeId(): number {
    for (;;) {
      const id = readUint16(this.#context.random(2), 0);
      if (!this.#waiters.has(id)) return id;
    }
  }
}
