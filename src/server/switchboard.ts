import type { Counter } from '../observe/metrics.ts';
import { type Exchange, PENDING, type Peer, type ReplySink, type Transport } from './exchange.ts';
import { MAX_QUERY_BYTES, type TcpLimits } from './limits.ts';

/**
 * Queries held for one address until all sockets are open, a matter of milliseconds. What comes
 * beyond, or is longer than a query, is dropped.
 */
const MAX_HELD = 256;

/** Largest message over TCP: any reply fits. */
const MAX_REPLY_BYTES = 0xffff;

interface Held {
  readonly message: Buffer;
  readonly peer: Peer;
  readonly transport: Transport;
  readonly sink: ReplySink;
}

/**
 * The place where a query goes over to whoever answers. Until it is told that somebody does,
 * queries are held: a socket is open before it is certain that the others can be, and a server that
 * may yet fail to start, or a configuration that may yet be refused, must not have answered.
 */
export class Switchboard implements Exchange {
  #current: Exchange;
  readonly #dropped: Counter;
  #held: Held[] | undefined = [];

  /** `next` is who is to answer. */
  constructor(next: Exchange, dropped: Counter) {
    this.#current = next;
    this.#dropped = dropped;
  }

  get tcpLimits(): Partial<TcpLimits> | undefined {
    return this.#current.tcpLimits;
  }

  /**
   * Has queries answered by this one from now on. Those held are handed out `through` the guard in
   * front of us.
   */
  serve(exchange: Exchange, through: Exchange): void {
    this.#current = exchange;
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || held.length === 0) return;
    const output = Buffer.allocUnsafe(MAX_REPLY_BYTES);
    for (const { message, peer, transport, sink } of held) {
      const length = through.answer(message, message.length, peer, transport, output, sink);
      // A copy: the sink may keep it until it can be sent.
      if (length !== PENDING) sink.reply(Buffer.from(output.subarray(0, length)), peer);
    }
  }

  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    sink: ReplySink,
  ): number {
    if (this.#held === undefined) {
      return this.#current.answer(input, length, peer, transport, output, sink);
    }
    if (this.#held.length >= MAX_HELD || length > MAX_QUERY_BYTES) {
      this.#dropped.add(1);
      return 0;
    }
    this.#held.push({ message: Buffer.from(input.subarray(0, length)), peer, transport, sink });
    return PENDING;
  }
}
