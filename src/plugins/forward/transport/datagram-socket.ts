import { readUint16 } from '../../../dns/header.ts';
import type { Clock } from '../../../support/clock.ts';
import type { Datagram, DatagramEvents } from '../../datagram.ts';

/** Queries that one socket sends, one after the other, before its port is given up. */
export const MAX_USES = 32;

/** How old a socket may get before it sends no more queries; ms. */
export const MAX_AGE_MS = 5000;

export interface DatagramSocketContext {
  readonly clock: Clock;
  /** A new socket, connected to the upstream. */
  readonly open: (events: DatagramEvents) => Datagram;
  /** Something came to a socket without a query under way, or a reply came a second time. */
  readonly unasked: () => void;
}

/** A query's hold on a socket. After either call no event follows, and more calls do nothing. */
export interface DatagramHold {
  /** Its reply came and nothing else did: the socket may send other queries. */
  answered(): void;
  /** Closes the socket: what comes to it from now on is late, or forged. */
  close(): void;
}

/** No message ID. */
const NONE = -1;

/** A UDP socket that sends one query at a time, and is held while that is under way. */
export class DatagramSocket implements DatagramEvents {
  readonly #context: DatagramSocketContext;
  readonly #released: (socket: DatagramSocket, wasAsking: boolean) => void;
  readonly #openedAt: number;
  readonly #socket: Datagram;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #hold: Hold | undefined;
  #uses = 0;
  #isOver = false;
  /** The message IDs of the last query, and of the one before. */
  #id = NONE;
  #idBefore = NONE;

  /** `released`: its query is over, or the socket is, with or without a query. */
  constructor(
    context: DatagramSocketContext,
    released: (socket: DatagramSocket, wasAsking: boolean) => void,
  ) {
    this.#context = context;
    this.#released = released;
    this.#openedAt = context.clock.now();
    this.#socket = context.open(this);
  }

  /** When the last reply came, `Clock.now()`; ms. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  get isUsable(): boolean {
    const isYoung = this.#context.clock.now() - this.#openedAt < MAX_AGE_MS;
    return !this.#isOver && isYoung && this.#uses < MAX_USES;
  }

  ask(query: Buffer, events: DatagramEvents): DatagramHold {
    const hold = new Hold(this, events);
    this.#hold = hold;
    this.#uses++;
    this.#idBefore = this.#id;
    this.#id = readUint16(query, 0);
    this.#socket.send(query);
    return hold;
  }

  /** The query of `hold` is over. */
  leave(hold: Hold, wasAnswered: boolean): void {
    if (this.#hold !== hold) return;
    this.#hold = undefined;
    if (wasAnswered) this.#answeredAt = this.#context.clock.now();
    else this.end();
    this.#released(this, true);
  }

  /** Closes it for good. The caller must have removed it from the pool. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.close();
  }

  takes(bytes: Buffer): boolean {
    if (this.#isOver || this.#isRepeated(bytes)) return false;
    return this.#hold?.events.takes?.(bytes) === true;
  }

  received(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#isRepeated(bytes)) this.#context.unasked();
    else if (this.#hold !== undefined) this.#hold.events.received(bytes);
    else this.#guessed();
  }

  strayed(): void {
    if (this.#isOver) return;
    if (this.#hold !== undefined) this.#hold.events.strayed();
    else this.#guessed();
  }

  failed(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const hold = this.#hold;
    this.#hold = undefined;
    this.#released(this, hold !== undefined);
    hold?.events.failed(error);
  }

  /**
   * The ID is that of the query before, which was answered: the network has duplicated its reply.
   * This is no sign of a forger, who cannot know the ID.
   */
  #isRepeated(bytes: Buffer): boolean {
    if (bytes.length < 2) return false;
    const id = readUint16(bytes, 0);
    if (this.#hold === undefined) return id === this.#id;
    return id === this.#idBefore && id !== this.#id;
  }

  /** Something is sent to this port while it is idle: it is not used again. */
  #guessed(): void {
    this.#context.unasked();
    this.end();
    this.#released(this, false);
  }
}

class Hold implements DatagramHold {
  readonly events: DatagramEvents;
  readonly #socket: DatagramSocket;

  constructor(socket: DatagramSocket, events: DatagramEvents) {
    this.#socket = socket;
    this.events = events;
  }

  answered(): void {
    this.#socket.leave(this, true);
  }

  close(): void {
    this.#socket.leave(this, false);
  }
}
