import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import { MAX_QUERY_BYTES } from '../../dns/intake.ts';
import type { Query } from '../../dns/query.ts';
import type { Counter } from '../../observe/metrics.ts';
import { type Exchange, PENDING } from '../exchange.ts';
import type { TcpLimits } from '../limits.ts';

/**
 * Queries held for one address until all sockets are open, a matter of milliseconds. What comes
 * beyond, or is longer than a query, is dropped.
 */
const MAX_HELD = 256;

/**
 * Passes queries to the exchange that is in service. Until there is one it holds them: a socket is
 * open before it is certain that the others can be, and a server that may yet fail to start, or a
 * configuration that may yet be refused, must not have answered.
 */
export class Switchboard implements Exchange {
  #current: Exchange;
  readonly #dropped: Counter;
  readonly #now: () => number;
  #held: Query[] | undefined = [];

  /** `next` will be in service; `now` in milliseconds, monotonic. */
  constructor(next: Exchange, dropped: Counter, now: () => number) {
    this.#now = now;
    this.#current = next;
    this.#dropped = dropped;
  }

  /** What is in service, or will be. */
  get current(): Exchange {
    return this.#current;
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
    const output = Buffer.allocUnsafe(MAX_MESSAGE_BYTES);
    for (const query of held) {
      query.receivedAt = this.#now(); // the time it was held is not its own
      const length = through.answer(query, output);
      // A copy: the sink may keep it until it can be sent.
      if (length !== PENDING) query.sink.reply(Buffer.from(output.subarray(0, length)), query.peer);
    }
  }

  answer(query: Query, output: Buffer): number {
    if (this.#held === undefined) return this.#current.answer(query, output);
    if (this.#held.length >= MAX_HELD || query.length > MAX_QUERY_BYTES) {
      this.#dropped.add(1);
      return 0;
    }
    this.#held.push(query.copy());
    return PENDING;
  }
}
