import { Rcode } from '../../dns/codes.ts';
import { readQuery, refusalRcode, Verdict } from '../../dns/intake.ts';
import type { Query } from '../../dns/query.ts';
import type { Request } from '../../plugins/plugin.ts';
import { OUTSIDE_ERROR } from '../../zone/decision.ts';
import { type Exchange, PENDING } from '../exchange.ts';
import type { TcpLimits } from '../limits.ts';
import type { ChainQueue } from '../queue/chain-queue.ts';
import type { Block, BlockTable } from './block.ts';
import {
  type ChainedContext,
  type ChainedOwner,
  ChainedQuestion,
  requestOf,
} from './chained-question.ts';
import type { Cookies } from './cookies.ts';
import { replyLimit, writeRefusal } from './reply.ts';
import { NOT_OURS } from './resolver.ts';

export interface BlockExchangeOptions extends ChainedContext {
  readonly blocks: BlockTable;
  /** Largest reply over UDP of blocks that say nothing else, bytes. */
  readonly udpReplyBytes: number;
  /** Where questions for the chain wait. */
  readonly queue: Pick<ChainQueue, 'push'>;
  /** Some block answers or forwards other classes than IN. */
  readonly takesAllClasses: boolean;
  /** DNS cookies; undefined where none are given and none looked at. */
  readonly cookies?: Cookies | undefined;
  /** What its blocks want of TCP connections. */
  readonly tcpLimits?: Partial<TcpLimits>;
}

/**
 * A query's life at one socket: to the block with its name, through the short cut or into the queue
 * for the chain.
 */
export class BlockExchange implements Exchange, ChainedOwner {
  readonly #options: BlockExchangeOptions;
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

  answer(query: Query, output: Buffer): number {
    const { blocks, takesAllClasses, cookies } = this.#options;
    let verdict = readQuery(query);
    if (query.cookieAt > 0) verdict = cookies?.judge(query, verdict) ?? verdict;
    if (verdict === Verdict.IGNORE) return 0;
    const isOtherClass = verdict === Verdict.OTHER_CLASS;
    if (verdict !== Verdict.ANSWER && !(isOtherClass && takesAllClasses)) {
      const rcode = refusalRcode(verdict);
      const written = writeRefusal(query, output, rcode);
      return this.#release(undefined, query, rcode, output, written, '');
    }
    const block = blocks.single ?? findBlock(blocks, query);
    if (block === undefined) {
      const written = writeRefusal(query, output, Rcode.REFUSED, OUTSIDE_ERROR);
      return this.#release(undefined, query, Rcode.REFUSED, output, written, '');
    }
    query.replyLimit = replyLimit(query, block.udpReplyBytes ?? this.#options.udpReplyBytes);
    const resolver = isOtherClass ? undefined : block.shortCut;
    if (resolver !== undefined) {
      const written = resolver.resolve(query, output);
      if (written !== NOT_OURS) {
        return this.#release(block, query, resolver.rcode, output, written, resolver.plugin);
      }
    }
    this.#waiting++;
    this.#queued++;
    this.#options.queue.push(new ChainedQuestion(block, query.copy(), this.#options, this));
    return PENDING;
  }

  /** Says how much of the reply of `written` bytes is to be sent, and counts it. */
  #release(
    block: Block | undefined,
    query: Query,
    rcode: number,
    output: Buffer,
    written: number,
    plugin: string,
  ): number {
    const { limiter, clock, metrics } = this.#options;
    const sent = limiter?.release(query, rcode, output, written) ?? written;
    const now = query.seenAt === 0 ? clock.now() : query.seenAt;
    const seconds = (now - query.receivedAt) / 1000;
    metrics.replied(block, query, limiter?.rcode ?? rcode, sent, seconds, plugin);
    return sent;
  }
}

/** The request is made only when a view looks at it. */
function findBlock(blocks: BlockTable, query: Query): Block | undefined {
  let request: Request | undefined;
  return blocks.find(query.key, () => {
    request ??= requestOf(query);
    return request;
  });
}
