import { Flag, HEADER_BYTES, readUint16, writeCounts, writeHeader } from '../../dns/header.ts';
import type { Query } from '../../dns/query.ts';
import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { Exchange } from '../exchange.ts';
import type { TcpLimits } from '../limits.ts';

/**
 * Stands between the listeners and the exchange, for the day the exchange throws although it must
 * not: the client gets SERVFAIL, the error is counted and logged, and the listener lives on.
 */
export class GuardedExchange implements Exchange {
  readonly #exchange: Exchange;
  readonly #log: Logger;
  readonly #panics: Counter;
  readonly #limiter: LogLimiter;

  constructor(exchange: Exchange, log: Logger, panics: Counter, now: () => number) {
    this.#exchange = exchange;
    this.#log = log;
    this.#panics = panics;
    this.#limiter = new LogLimiter(now);
  }

  get tcpLimits(): Partial<TcpLimits> | undefined {
    return this.#exchange.tcpLimits;
  }

  answer(query: Query, output: Buffer): number {
    try {
      return this.#exchange.answer(query, output);
    } catch (error) {
      this.#panics.add(1);
      this.#limiter.log((leftOut) =>
        this.#log.error(
          { err: error, query: hex(query), transport: query.transport, leftOut },
          'Answered a query with SERVFAIL: an error was thrown while answering it',
        ),
      );
      return writeServfail(query, output);
    }
  }
}

/**
 * SERVFAIL to whatever is asked, using nothing but the message's header; the length, or 0 for a
 * message that must not be answered. Only for when everything else has failed.
 */
function writeServfail({ input, offset, length }: Query, output: Uint8Array): number {
  if (length < HEADER_BYTES) return 0;
  const flags = readUint16(input, offset + 2);
  if ((flags & Flag.QR) !== 0) return 0; // a response: answering it could start a loop
  const copied = flags & (OPCODE_BITS | Flag.RD | Flag.CD);
  writeHeader(output, readUint16(input, offset), Flag.QR | copied | SERVFAIL);
  writeCounts(output, 0, 0, 0, 0);
  return HEADER_BYTES;
}

const OPCODE_BITS = 0x7800;
const SERVFAIL = 2;

/** Enough of a query to reproduce the error with. */
const LOGGED_BYTES = 512;

function hex({ input, offset, length }: Query): string {
  return input.toString('hex', offset, offset + Math.min(length, LOGGED_BYTES));
}
