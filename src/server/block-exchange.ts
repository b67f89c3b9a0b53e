import { ExtendedError, Rcode } from '../dns/codes.ts';
import { IGNORE, readQuery } from '../dns/intake.ts';
import { Query } from '../dns/query.ts';
import type { Request } from '../plugins/plugin.ts';
import type { Block, BlockTable } from './block.ts';
import type { ChainQueue } from './chain-queue.ts';
import {
  type ChainedContext,
  type ChainedOwner,
  ChainedQuestion,
  replyLimit,
} from './chained-question.ts';
import type { Cookies } from './cookies.ts';
import { type Exchange, PENDING, type Peer, type ReplySink, type Transport } from './exchange.ts';
import type { TcpLimits } from './limits.ts';
import { writeRefusal } from './reply.ts';
import { requestOf } from './request-of.ts';
import { NOT_OURS } from './resolver.ts';

export interface BlockExchangeOptions extends ChainedContext {
  readonly blocks: BlockTable;
  /** Where questions for the chain wait. */
  readonly queue: Pick<ChainQueue, 'push'>;
  /** Some block answers or forwards other classes than IN. */
  readonly takesAllClasses: boolean;
  /** DNS cookies; undefined where none are given and none looked at. */
  readonly cookies?: Cookies | undefined;
  /** What its blocks want of TCP connections. */
  readonly tcpLimits?: Partial<TcpLimits>;
}

const OUTSIDE = { code: ExtendedError.NOT_AUTHORITATIVE, text: 'not a name of the cluster zones' };

/**
 * A query's life at one socket: to the block with its name, through the short cut or into the queue
 * for the chain.
 */
export class BlockExchange implements Exchange, ChainedOwner {
  readonly #options: BlockExchangeOptions;
  readonly #query = new Query();
  #waiting = 0;
  #queued = 0;

  constructor(options: BlockExchangeOptions) {
    this.#options = options;
  }

  get tcpLimits(): Partial<TcpLimits> | undefined {
    return this.#options.tcpLimits;
  }

  /** Queries whose reply is still to come. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Those of them whose turn in the chain has not come. */
  get queued(): number {
    return this.#queued;
  }

  left(): void {
    this.#queued--;
  }

  ended(): void {
    this.#waiting--;
  }

  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    sink: ReplySink,
  ): number {
    const { clock, blocks, takesAllClasses, limiter } = this.#options;
    const query = this.#query;
    const startedAt = clock.now();
    let verdict = readQuery(input, length, query);
    if (verdict === IGNORE) return 0;
    if (query.cookieAt > 0) {
      verdict = this.#options.cookies?.judge(query, input, peer, verdict) ?? verdict;
    }
    const isOtherClass = verdict === Rcode.REFUSED; // the only reason for it
    if (query.isEmpty || (verdict !== Rcode.NOERROR && !(isOtherClass && takesAllClasses))) {
      const full = writeRefusal(query, input, output, verdict);
      const written = limiter?.release(query, verdict, peer, transport, output, full) ?? full;
      this.#count(
        undefined,
        query,
        limiter?.rcode ?? verdict,
        transport,
        peer,
        sink.local,
        length,
        written,
        startedAt,
        '',
      );
      return written;
    }
    let request: Request | undefined;
    const makeRequest = () => {
      request ??= requestOf(query, input, length, { peer, transport, sink, receivedAt: startedAt });
      return request;
    };
    const block = blocks.single ?? blocks.find(query.key, makeRequest);
    if (block === undefined) {
      const { REFUSED } = Rcode;
      const full = writeRefusal(query, input, output, REFUSED, OUTSIDE);
      const written = limiter?.release(query, REFUSED, peer, transport, output, full) ?? full;
      this.#count(
        undefined,
        query,
        limiter?.rcode ?? REFUSED,
        transport,
        peer,
        sink.local,
        length,
        written,
        startedAt,
        '',
      );
      return written;
    }
    const resolver = isOtherClass ? undefined : block.shortCut;
    if (resolver !== undefined) {
      const limit = replyLimit(block, query, transport, this.#options.udpReplyBytes);
      const full = resolver.resolve(query, input, output, limit);
      if (full !== NOT_OURS) {
        const { rcode } = resolver;
        const written = limiter?.release(query, rcode, peer, transport, output, full) ?? full;
        this.#count(
          block,
          query,
          limiter?.rcode ?? rcode,
          transport,
          peer,
          sink.local,
          length,
          written,
          startedAt,
          'kubernetes',
        );
        return written;
      }
    }
    // Copies: both the query and the input are used again.
    const copy = { query: query.copy(), bytes: Buffer.from(input.subarray(0, length)) };
    const arrival = { peer, transport, sink, receivedAt: startedAt };
    this.#waiting++;
    this.#queued++;
    this.#options.queue.push(new ChainedQuestion(block, copy, arrival, this.#options, this));
    return PENDING;
  }

  #count(
    block: Block | undefined,
    query: Query,
    rcode: number,
    transport: Transport,
    peer: Peer,
    local: Peer | undefined,
    queryBytes: number,
    replyBytes: number,
    startedAt: number,
    plugin: string,
  ): void {
    const seconds = (this.#options.clock.now() - startedAt) / 1000;
    const { metrics } = this.#options;
    metrics.replied(
      block,
      query,
      rcode,
      transport,
      peer,
      local,
      queryBytes,
      replyBytes,
      seconds,
      plugin,
    );
  }
}
