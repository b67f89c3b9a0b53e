import { ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow } from '../../dns/name.ts';
import { LogLimiter } from '../../observe/log.ts';
import type { Counter, Gauge } from '../../observe/metrics.ts';
import { drawFrom } from '../draw.ts';
import type { Reply, Request } from '../plugin.ts';
import { errorReply } from '../reply.ts';
import { isInAny } from '../zone-match.ts';
import { type Asked, askedBy, identityOf } from './asked.ts';
import { Flight, type Landing } from './flight.ts';
import { DEFAULTS, type ForwardOptions } from './options.ts';
import { Selection } from './policy.ts';
import { RetryBudget } from './retry-budget.ts';
import { respelled } from './spelling.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';
import type { UpstreamSet } from './upstream-set.ts';

const NAME = 'forward';

/** Questions of one client under way at a time. Joining somebody else's question is not counted. */
const MAX_PER_CLIENT = 100;

/** Clients that wait for an answer at a time. */
const MAX_WAITERS = 20_000;

/** A client gets its answer, if only that there is none, within 2 s of asking; this leaves a little for the way. */
const BUDGET_MS = 1950;
/** The most that a longer `read_timeout` can make of it: CoreDNS's own limit. */
const MOST_BUDGET_MS = 5000;

/** What all forwarders of a plugin count. */
export interface ForwardMetrics {
  readonly broken: Counter;
  readonly rejected: Counter;
  readonly extraTries: Counter;
  readonly inFlight: Gauge;
}

interface Waiting {
  readonly flight: Flight;
  readonly waiters: ((landing: Landing) => void)[];
}

/** One `forward` line: which names it takes, and everybody who waits for an answer from its upstreams. */
export class Forwarder {
  readonly options: ForwardOptions;
  readonly upstreams: UpstreamSet;
  readonly #context: UpstreamContext;
  readonly #metrics: ForwardMetrics;
  readonly #selection: Selection;
  readonly #retries = new RetryBudget();
  readonly #flights = new Map<string, Waiting>();
  readonly #perClient = new Map<string, number>();
  readonly #failures: LogLimiter;
  #waiters = 0;
  #isWaking = false;

  constructor(
    options: ForwardOptions,
    upstreams: UpstreamSet,
    context: UpstreamContext,
    metrics: ForwardMetrics,
  ) {
    this.options = options;
    this.upstreams = upstreams;
    this.#context = context;
    this.#metrics = metrics;
    this.#selection = new Selection(options.policy, drawFrom(context.random));
    this.#failures = new LogLimiter(() => context.clock.now(), 10_000);
    upstreams.onUp = () => this.#wake();
  }

  /** Questions under way. */
  get inFlight(): number {
    return this.#flights.size;
  }

  matches({ key }: Request): boolean {
    const { from, except } = this.options;
    if (!isAtOrBelow(key, from)) return false;
    return key === from || !isInAny(key, except);
  }

  /** Whether another `forward` is to be asked, if there is one. */
  passesOn({ rcode, answer }: Reply): boolean {
    const { next, nextOnNodata } = this.options;
    return next.has(rcode) || (nextOnNodata && rcode === Rcode.NOERROR && answer.length === 0);
  }

  /** Never rejects. */
  serve(request: Request): Promise<Reply> {
    if (!isForwardable(request.type)) return Promise.resolve(errorReply(NAME, Rcode.REFUSED));
    const asked = askedBy(request);
    const identity = identityOf(asked);
    const known = this.#flights.get(identity);
    const refusal = known === undefined ? this.#whyNotStart(request) : this.#whyNotJoin();
    if (refusal !== undefined) {
      this.#metrics.rejected.add(1);
      return Promise.resolve(errorReply(NAME, Rcode.REFUSED, ExtendedError.OTHER, refusal));
    }
    this.#waiters++;
    return new Promise((resolve) => {
      const waiter = (landing: Landing) => {
        this.#waiters--;
        resolve(replyTo(request, landing));
      };
      if (known === undefined) this.#depart(request, asked, identity, waiter);
      else known.waiters.push(waiter);
    });
  }

  #depart(
    request: Request,
    asked: Asked,
    identity: string,
    waiter: (landing: Landing) => void,
  ): void {
    const client = request.client.address;
    const waiters = [waiter];
    const upstreams = this.#selection.order(this.upstreams.current());
    const flight = new Flight(asked, this.#context, this.#plan(request, upstreams), (landing) => {
      this.#flights.delete(identity);
      this.#metrics.inFlight.add(-1);
      this.#leave(client);
      if (landing.kind === 'failure') this.#report(upstreams, landing);
      for (const tell of waiters) tell(landing);
    });
    this.#flights.set(identity, { flight, waiters });
    this.#metrics.inFlight.add(1);
    this.#perClient.set(client, (this.#perClient.get(client) ?? 0) + 1);
    this.#retries.earn();
    if (upstreams.length > 0 && upstreams.every(({ health }) => health.isDown)) {
      this.#metrics.broken.add(1);
    }
    flight.start();
  }

  #plan(request: Request, upstreams: readonly Upstream[]) {
    const { forceTcp, preferUdp, readTimeoutMs, maxConnectAttempts, failover, failFast } =
      this.options;
    return {
      upstreams,
      isStream: forceTcp || (!preferUdp && request.transport === 'tcp'),
      forceStream: forceTcp,
      budgetMs:
        readTimeoutMs <= DEFAULTS.readTimeoutMs
          ? BUDGET_MS
          : Math.min(readTimeoutMs, MOST_BUDGET_MS),
      maxFailedTries: maxConnectAttempts,
      failover,
      failFast,
      retries: this.#retries,
      onExtraTry: () => this.#metrics.extraTries.add(1),
    };
  }

  #whyNotStart({ client }: Request): string | undefined {
    const { maxConcurrent } = this.options;
    if (this.#flights.size >= maxConcurrent) {
      return `concurrent queries exceeded maximum ${maxConcurrent}`;
    }
    if ((this.#perClient.get(client.address) ?? 0) >= MAX_PER_CLIENT) {
      return `concurrent queries of one client exceeded maximum ${MAX_PER_CLIENT}`;
    }
    return this.#whyNotJoin();
  }

  #whyNotJoin(): string | undefined {
    return this.#waiters < MAX_WAITERS ? undefined : `more than ${MAX_WAITERS} clients are waiting`;
  }

  #leave(client: string): void {
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left === 0) this.#perClient.delete(client);
    else this.#perClient.set(client, left);
  }

  /** Not at once: the reply that brought an upstream back is itself on its way to a flight. */
  #wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      for (const { flight } of [...this.#flights.values()]) flight.wake();
    });
  }

  #report(upstreams: readonly Upstream[], landing: Landing & { kind: 'failure' }): void {
    this.#failures.log((leftOut) => {
      this.#context.log.warn(
        {
          upstreams: upstreams.map(({ label }) => label).join(' '),
          failure: landing.failure,
          tries: landing.tries,
          leftOut,
        },
        upstreams.length === 0 ? 'there is no upstream to forward to' : 'no upstream answered',
      );
    });
  }
}

/** Zone transfers are no questions, nor are the types that only mean something inside a message. */
function isForwardable(type: number): boolean {
  return type === Type.ANY || !(type === 0 || type === Type.OPT || (type >= 128 && type <= 255));
}

function replyTo(request: Request, landing: Landing): Reply {
  if (landing.kind === 'failure') {
    return landing.failure === 'network'
      ? errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR, 'no upstream can be reached')
      : errorReply(
          NAME,
          Rcode.SERVFAIL,
          ExtendedError.NO_REACHABLE_AUTHORITY,
          'no upstream answered',
        );
  }
  const { reply, sentName } = landing;
  if (reply.truncated && request.transport === 'tcp') {
    const text = 'no upstream gave a whole answer';
    return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR, text);
  }
  const spell = (records: Reply['answer']) =>
    records.map((record) => respelled(record, sentName, request.name));
  return {
    ...reply,
    recursionAvailable: true,
    // RFC 6840 section 5.8: only for who asked for it, with the AD or the DO bit.
    authenticData:
      reply.authenticData && (request.authenticData || request.edns?.dnssecOk === true),
    answer: spell(reply.answer),
    authority: spell(reply.authority),
    additional: spell(reply.additional),
    options: [],
    plugin: NAME,
    isSilent: false,
  };
}
