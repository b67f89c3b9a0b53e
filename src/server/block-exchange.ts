import { EdnsOption, ExtendedError, Rcode } from '../dns/codes.ts';
import { readOptions } from '../dns/edns.ts';
import { Flag } from '../dns/header.ts';
import { IGNORE, Query, readQuery } from '../dns/intake.ts';
import type { Counter } from '../observe/metrics.ts';
import type { Reply, Request } from '../plugins/plugin.ts';
import { errorReply } from '../plugins/reply.ts';
import type { Clock } from '../support/clock.ts';
import type { Block, BlockTable } from './block.ts';
import type { Cookies } from './cookies.ts';
import { type Exchange, PENDING, type Peer, type ReplySink, type Transport } from './exchange.ts';
import type { TcpLimits } from './limits.ts';
import type { QueryMetrics } from './query-metrics.ts';
import {
  questionName,
  TCP_REPLY_BYTES,
  udpReplyLimit,
  writeComposed,
  writeRefusal,
} from './reply.ts';
import { NOT_OURS } from './resolver.ts';

export interface BlockExchangeOptions {
  readonly blocks: BlockTable;
  readonly clock: Clock;
  readonly metrics: QueryMetrics;
  /** Errors thrown by a plugin; the client got SERVFAIL. */
  readonly panics: Counter;
  readonly panicked: (error: unknown) => void;
  /** Queries turned away because too many were waiting. */
  readonly shed: Counter;
  /** Largest reply over UDP, bytes. */
  readonly udpReplyBytes: number;
  /** Some block answers or forwards other classes than IN. */
  readonly takesAllClasses: boolean;
  /** DNS cookies; undefined where none are given and none looked at. */
  readonly cookies?: Cookies | undefined;
  /** What its blocks want of TCP connections. */
  readonly tcpLimits?: Partial<TcpLimits>;
}

/**
 * Queries that may wait for a plugin at once. Each holds about 2 KiB; what comes beyond is answered
 * SERVFAIL, so that a dead upstream never costs more than some memory.
 */
const MAX_WAITING = 10_000;

const OUTSIDE = { code: ExtendedError.NOT_AUTHORITATIVE, text: 'not a name of the cluster zones' };
const BUSY = { code: ExtendedError.OTHER, text: 'too many queries are waiting' };

const scratch = Buffer.alloc(TCP_REPLY_BYTES);

/** A query's life at one socket: to the block with its name, through the short cut or the chain, and back. */
export class BlockExchange implements Exchange {
  readonly #options: BlockExchangeOptions;
  readonly #query = new Query();
  #waiting = 0;

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

  answer(
    input: Uint8Array,
    length: number,
    peer: Peer,
    transport: Transport,
    output: Buffer,
    sink: ReplySink,
  ): number {
    const { clock, blocks, takesAllClasses } = this.#options;
    const query = this.#query;
    const startedAt = clock.now();
    let verdict = readQuery(input, length, query);
    if (verdict === IGNORE) return 0;
    if (query.cookieAt > 0) {
      verdict = this.#options.cookies?.judge(query, input, peer, verdict) ?? verdict;
    }
    const isOtherClass = verdict === Rcode.REFUSED; // the only reason for it
    if (query.isEmpty || (verdict !== Rcode.NOERROR && !(isOtherClass && takesAllClasses))) {
      const written = writeRefusal(query, input, output, verdict);
      this.#count(
        undefined,
        query,
        verdict,
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
      request ??= requestOf(query, input, length, peer, transport, sink, startedAt);
      return request;
    };
    const block = blocks.single ?? blocks.find(query.key, makeRequest);
    if (block === undefined) {
      const written = writeRefusal(query, input, output, Rcode.REFUSED, OUTSIDE);
      this.#count(
        undefined,
        query,
        Rcode.REFUSED,
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
      const written = resolver.resolve(query, input, output, this.#limit(block, query, transport));
      if (written !== NOT_OURS) {
        const { rcode } = resolver;
        this.#count(
          block,
          query,
          rcode,
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
    if (this.#waiting >= MAX_WAITING) {
      this.#options.shed.add(1);
      const { SERVFAIL } = Rcode;
      const written = writeRefusal(query, input, output, SERVFAIL, BUSY);
      this.#count(
        block,
        query,
        SERVFAIL,
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
    this.#askChain(
      block,
      makeRequest(),
      query.copy(),
      Buffer.from(input.subarray(0, query.questionEnd)),
      peer,
      sink,
    );
    return PENDING;
  }

  /** Asks the chain, and sends what it says. */
  #askChain(
    block: Block,
    request: Request,
    query: Query,
    question: Buffer,
    peer: Peer,
    sink: ReplySink,
  ): void {
    this.#waiting++;
    // The chain is entered in a microtask: a plugin that throws at once is like one that rejects.
    void Promise.resolve(request)
      .then(block.chain)
      .catch((error: unknown) => {
        this.#options.panics.add(1);
        this.#options.panicked(error);
        return errorReply('', Rcode.SERVFAIL);
      })
      .then((reply) => {
        this.#waiting--;
        const written = this.#write(block, query, question, request, reply);
        sink.reply(scratch.subarray(0, written), peer);
        const { transport, size, receivedAt } = request;
        this.#count(
          block,
          query,
          reply.rcode,
          transport,
          peer,
          sink.local,
          size,
          written,
          receivedAt,
          reply.plugin,
        );
      });
  }

  #write(block: Block, query: Query, question: Buffer, request: Request, reply: Reply): number {
    if (reply.isSilent) return 0;
    try {
      return writeComposed(
        query,
        question,
        scratch,
        this.#limit(block, query, request.transport),
        reply,
      );
    } catch (error) {
      this.#options.panics.add(1);
      this.#options.panicked(error);
      return writeRefusal(query, question, scratch, Rcode.SERVFAIL);
    }
  }

  #limit(block: Block, query: Query, transport: Transport): number {
    if (transport === 'tcp') return TCP_REPLY_BYTES;
    return udpReplyLimit(query, block.udpReplyBytes ?? this.#options.udpReplyBytes);
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

function requestOf(
  query: Query,
  input: Uint8Array,
  length: number,
  peer: Peer,
  transport: Transport,
  sink: ReplySink,
  receivedAt: number,
): Request {
  return {
    id: query.id,
    name: questionName(query, input),
    key: query.key,
    type: query.type,
    klass: query.klass,
    recursionDesired: query.recursionDesired,
    checkingDisabled: (query.flags & Flag.CD) !== 0,
    authenticData: (query.flags & Flag.AD) !== 0,
    edns: query.edns
      ? {
          size: query.ednsSize,
          dnssecOk: query.dnssecOk,
          options: readOptions(input, query.optionsStart, query.optionsEnd).filter(isForPlugins),
        }
      : undefined,
    client: { address: peer.address, port: peer.port },
    local: sink.local ?? UNKNOWN,
    transport,
    size: length,
    receivedAt,
    aliases: NO_ALIASES,
  };
}

/** Cookies are between this server and its client: no plugin sees them, and no upstream. */
function isForPlugins({ code }: { readonly code: number }): boolean {
  return code !== EdnsOption.COOKIE;
}

const UNKNOWN = { address: '', port: 0 };
const NO_ALIASES: Request['aliases'] = [];
