import { clientPrefix } from '../../dns/client-prefix.ts';
import { EdnsOption, ExtendedError, Rcode } from '../../dns/codes.ts';
import { readOptions } from '../../dns/edns.ts';
import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import { Flag } from '../../dns/header.ts';
import type { PlainReply } from '../../dns/plain-reply.ts';
import type { Query } from '../../dns/query.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { Reply, Request } from '../../plugins/plugin.ts';
import type { RelayedQuestion } from '../../plugins/relaying.ts';
import { errorReply } from '../../plugins/reply.ts';
import type { Clock } from '../../support/clock.ts';
import type { ChainQuestion } from '../queue/chain-queue.ts';
import type { ShedReason } from '../queue/sheds.ts';
import type { RateLimiter } from '../rate-limit/limiter.ts';
import type { Block } from './block.ts';
import type { QueryMetrics } from './query-metrics.ts';
import { questionName, writeComposed, writeRefusal } from './reply.ts';
import { NOT_OURS } from './resolver.ts';

/** What the questions of one socket's blocks share. */
export interface ChainedContext {
  readonly clock: Clock;
  readonly metrics: QueryMetrics;
  /** Errors thrown by a plugin; the client got SERVFAIL. */
  readonly panics: Counter;
  readonly panicked: (error: unknown) => void;
  /** Limits replies over UDP; undefined where nothing is limited. */
  readonly limiter?: RateLimiter | undefined;
}

/** Notified of what becomes of a question. */
export interface ChainedOwner {
  /** It does not wait for its turn any more. */
  left(): void;
  /** It has its reply, or never gets one. */
  ended(): void;
}

/**
 * What the plugin `errors` logs for a reason, and what a client gets that gets a reply at all (RFC
 * 8914).
 */
const SHED_TEXTS: Readonly<Record<ShedReason, string>> = {
  fair_share: 'shed: fair share',
  queue_age: 'shed: queue age',
  queue_full: 'shed: queue full',
  in_chain: 'shed: too many of this client are under way',
};

const NOTHING = Buffer.alloc(0);

const scratch = Buffer.alloc(MAX_MESSAGE_BYTES);

/** A query on its way through the chain of its block, or relayed past it. */
export class ChainedQuestion implements ChainQuestion, RelayedQuestion {
  readonly client: string;
  receivedAt = 0;
  cameAt = 0;
  readonly query: Query;
  readonly #block: Block;
  readonly #context: ChainedContext;
  readonly #owner: ChainedOwner;
  #leave = () => {};
  /** It has been found not to be relayed. */
  #isForChain = false;

  /** `query` is a copy. */
  constructor(block: Block, query: Query, context: ChainedContext, owner: ChainedOwner) {
    this.client = clientPrefix(query.peer.address);
    this.#block = block;
    this.query = query;
    this.#context = context;
    this.#owner = owner;
  }

  start(waitedMs: number, leave: () => void): void {
    this.#owner.left();
    this.#begin(waitedMs, leave);
    if (this.#isForChain || !this.#isRelayed()) this.pass();
  }

  startAtOnce(leave: () => void): boolean {
    this.#begin(0, leave);
    this.#isForChain = !this.#isRelayed();
    if (!this.#isForChain) this.#owner.left();
    return !this.#isForChain;
  }

  #begin(waitedMs: number, leave: () => void): void {
    // The time that this process slept is not taken from the time for an answer.
    this.cameAt = this.#context.clock.now() - waitedMs;
    this.#leave = leave;
  }

  /** A mistake there leaves the question to the chain. */
  #isRelayed(): boolean {
    try {
      return this.#block.relay?.relay(this) === true;
    } catch (error) {
      this.#panicked(error);
      return false;
    }
  }

  /** Asks the chain, and sends what it says. */
  pass(): void {
    const answered = (reply: Reply) => {
      this.#leave();
      this.#reply(this.#write(reply), reply.rcode, reply.plugin);
    };
    void this.#ask().then(answered, (error) => {
      this.#panicked(error);
      answered(errorReply('', Rcode.SERVFAIL));
    });
  }

  answer(reply: PlainReply, upstream: string): boolean {
    const relay = this.#block.relay!;
    const { rcode } = reply;
    let written = NOT_OURS;
    try {
      written = relay.write(this.query, scratch, reply, upstream);
    } catch (error) {
      this.#panicked(error);
    }
    if (written === NOT_OURS) return false;
    this.#leave();
    this.#reply(written, rcode, relay.plugin);
    return true;
  }

  /** What the chain says. A plugin that throws at once is like one that rejects. */
  #ask(): Promise<Reply> {
    try {
      return this.#block.chain(requestOf(this.query, this.cameAt));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Over UDP nothing is sent: the client asks again. A connection has to have a reply. */
  shed(reason: ShedReason): void {
    this.#owner.left();
    const query = this.query;
    const text = SHED_TEXTS[reason];
    const question = { key: query.key, type: query.type, client: query.peer };
    for (const plugin of this.#block.plugins) plugin.dropped?.(question, text);
    if (query.transport === 'tcp' || reason === 'in_chain') {
      const error = { code: ExtendedError.OTHER, text };
      this.#reply(writeRefusal(query, scratch, Rcode.SERVFAIL, error), Rcode.SERVFAIL, '');
      return;
    }
    this.#owner.ended();
    query.sink.reply(NOTHING, query.peer);
    this.#context.metrics.shed(this.#block, query, this.#seconds());
  }

  #write(reply: Reply): number {
    if (reply.isSilent) return 0;
    const query = this.query;
    try {
      return writeComposed(query, scratch, reply);
    } catch (error) {
      this.#panicked(error);
      return writeRefusal(query, scratch, Rcode.SERVFAIL);
    }
  }

  #reply(full: number, rcode: number, plugin: string): void {
    const { metrics, limiter } = this.#context;
    const query = this.query;
    this.#owner.ended();
    const sent = limiter?.release(query, rcode, scratch, full) ?? full;
    query.sink.reply(scratch.subarray(0, sent), query.peer);
    metrics.replied(this.#block, query, limiter?.rcode ?? rcode, sent, this.#seconds(), plugin);
  }

  /** Since the query came. */
  #seconds(): number {
    return (this.#context.clock.now() - this.query.receivedAt) / 1000;
  }

  #panicked(error: unknown): void {
    this.#context.panics.add(1);
    this.#context.panicked(error);
  }
}

/** A query that has been read, as plugins are given it; `receivedAt` is when it came to them. */
export function requestOf(query: Query, receivedAt = query.receivedAt): Request {
  return {
    id: query.id,
    name: questionName(query),
    key: query.key,
    type: query.type,
    qclass: query.qclass,
    recursionDesired: query.recursionDesired,
    checkingDisabled: (query.flags & Flag.CD) !== 0,
    authenticData: (query.flags & Flag.AD) !== 0,
    edns: query.edns
      ? { size: query.ednsSize, dnssecOk: query.dnssecOk, options: optionsOf(query) }
      : undefined,
    client: query.peer,
    local: query.local,
    transport: query.transport,
    size: query.length,
    receivedAt,
    aliases: NO_ALIASES,
  };
}

/** Cookies are between this server and its client: no plugin sees them, and no upstream. */
function optionsOf({ input, offset, optionsStart, optionsEnd }: Query) {
  const options = readOptions(input, offset + optionsStart, offset + optionsEnd);
  return options.filter(({ code }) => code !== EdnsOption.COOKIE);
}

const NO_ALIASES: Request['aliases'] = [];
