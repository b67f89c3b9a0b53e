import { clientPrefix } from '../../dns/client-prefix.ts';
import { ExtendedError, Rcode } from '../../dns/codes.ts';
import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Explained } from '../../explain/trace.ts';
import { LogLimiter } from '../../observe/log.ts';
import type { Counter, Gauge } from '../../observe/metrics.ts';
import { randomIndexFrom } from '../../support/random.ts';
import type { Reply, Request } from '../plugin.ts';
import { errorReply } from '../reply.ts';
import type { UpstreamHandle } from '../upstream-handle.ts';
import { areAllDown, failureOfUnasked, Selection } from './exchange/candidates.ts';
import { Exchange, type ExchangeOptions } from './exchange/exchange.ts';
import { type Late, LateExchanges, type LateMetrics } from './exchange/late.ts';
import { domainOf, ForwardLimits, type LimitCounters, RetryBudget } from './exchange/limits.ts';
import type { FailedOutcome, Outcome } from './exchange/outcome.ts';
import { failureReply, replyTo } from './exchange/replies.ts';
import { type Waiter, Waiters } from './exchange/waiters.ts';
import { NAME } from './flags.ts';
import { type ForwardOptions, type Timeouts, timeoutsOf } from './options/options.ts';
import { canRelay, Relays } from './relay/relays.ts';
import { isForwardable, type Query, queryKey, queryOf } from './upstream/query.ts';
import type { BegunTry } from './upstream/try-events.ts';
import type { Upstream, UpstreamContext } from './upstream/upstream.ts';
import type { UpstreamSet } from './upstream/upstream-set.ts';

/** CoreDNS's metadata: who answered. */
const UPSTREAM_LABEL = 'forward/upstream';

/** Exchanges that no client waits for any more, for each that one may wait for. */
const LATE_SHARE = 1 / 4;

/** At most one line in this time about questions without an answer; ms. */
const LOG_EVERY_MS = 10_000;

/** What all forwarders of a plugin count. */
export interface ForwardMetrics {
  readonly broken: Counter;
  readonly extraTries: Counter;
  readonly inFlight: Gauge;
  readonly limits: LimitCounters;
  readonly late: LateMetrics;
}

/** A question under way. */
interface Pending extends Late {
  readonly exchange: Exchange;
  readonly waiters: Waiters;
  /** Gives back its place in the limits; undefined while it has none, as no client waits. */
  leave: (() => void) | undefined;
}

/** One `forward` line: which names it takes, and all who wait for answers from its upstreams. */
export class Forwarder {
  readonly options: ForwardOptions;
  readonly upstreams: UpstreamSet;
  readonly #context: UpstreamContext;
  readonly #metrics: ForwardMetrics;
  readonly #exchangeOptions: ExchangeOptions;
  readonly #selection: Selection;
  readonly #limits: ForwardLimits;
  readonly #timeouts: Timeouts;
  readonly #pending = new Map<string, Pending>();
  readonly #late: LateExchanges;
  readonly #failures: LogLimiter;
  /** Questions that pass no plugin; undefined when the line has more to do than to send them on. */
  readonly relays: Relays | undefined;
  #isWaking = false;

  /** `isOwn`: names that this server answers itself. */
  constructor(
    options: ForwardOptions,
    upstreams: UpstreamSet,
    context: UpstreamContext,
    metrics: ForwardMetrics,
    isOwn: (key: NameKey) => boolean,
  ) {
    this.options = options;
    this.upstreams = upstreams;
    this.#context = context;
    this.#metrics = metrics;
    this.#exchangeOptions = {
      forceStream: options.forceTcp,
      maxFailedTries: options.maxConnectAttempts,
      failover: options.failover,
      failFast: options.failFast,
      retries: new RetryBudget(),
      isOwn,
      onExtraTries: (count) => metrics.extraTries.add(count),
      onBusy: () => this.#late.dropOldest(),
    };
    this.#selection = new Selection(options.policy, randomIndexFrom(context.random));
    this.#limits = new ForwardLimits(options, metrics.limits);
    this.#timeouts = timeoutsOf(options.readTimeoutMs);
    this.#late = new LateExchanges(Math.ceil(options.maxConcurrent * LATE_SHARE), metrics.late);
    this.#failures = new LogLimiter(() => context.clock.now(), LOG_EVERY_MS);
    upstreams.onUp = () => this.#wake();
    if (!canRelay(options)) return;
    this.relays = new Relays({
      ...{ options, upstreams, selection: this.#selection, limits: this.#limits },
      clock: context.clock,
      random: context.random,
      retries: this.#exchangeOptions.retries,
      clientMs: this.#timeouts.clientMs,
      isAsked: (identity) => this.#pending.has(identity),
      inFlight: metrics.inFlight,
    });
  }

  /** Its upstreams, for the plugin that looks for forwarding loops. */
  get handles(): readonly UpstreamHandle[] {
    return this.upstreams.handles(this.options, this.#context);
  }

  matches({ key }: Pick<Request, 'key'>): boolean {
    const { from, except } = this.options;
    if (!isAtOrBelow(key, from)) return false;
    return key === from || !isInAny(key, except);
  }

  /** Whether another `forward` is to be asked, if there is one. */
  passesOn({ rcode, answer }: Reply): boolean {
    const { next, nextOnNodata } = this.options;
    return next.has(rcode) || (nextOnNodata && rcode === Rcode.NOERROR && answer.length === 0);
  }

  /** Lets go of its upstreams, and of questions that no client waits for. */
  stop(): void {
    this.upstreams.stop();
    this.relays?.stop();
    this.#late.stop();
  }

  /** Never rejects. */
  serve(request: Request): Promise<Reply> {
    if (!isForwardable(request.type)) return Promise.resolve(errorReply(NAME, Rcode.REFUSED));
    if (request.explained?.isOffline === true)
      return Promise.resolve(this.#notAsked(request.explained));
    const query = queryOf(request);
    const identity = queryKey(query);
    const begun = this.relays?.takePassing(identity);
    if (begun === undefined) this.relays?.join(identity);
    const known = this.#pending.get(identity);
    const upstreams = begun?.options.upstreams ?? this.upstreams.current();
    const isPatient = request.isPatient === true;
    const patienceMs = isPatient ? this.#timeouts.clientMs : this.#leftMs(request);
    // Time may be over when one that was begun is handed over: then the client is told so.
    const leftMs = begun === undefined ? patienceMs : Math.max(1, patienceMs);
    if (leftMs <= 0) return Promise.resolve(this.#unaskedReply(upstreams));
    const isCounted = known?.leave !== undefined || (known !== undefined && isPatient);
    const client = clientPrefix(request.client.address);
    const domain = isCounted ? undefined : domainOf(request.key, this.options.from);
    // One that was begun has given back its places to take them here.
    const rejection = begun === undefined ? this.#whyNot(client, domain) : undefined;
    if (rejection !== undefined) {
      // Without the limit there would be no answer either, and that is what the client should know.
      if (areAllDown(upstreams)) return Promise.resolve(this.#unaskedReply(upstreams));
      const reply = errorReply(NAME, rejection.rcode, ExtendedError.OTHER, rejection.text);
      return Promise.resolve({ ...reply, provisional: 'busy' });
    }
    const leave = this.#limits.wait(client);
    return new Promise((resolve) => {
      const waiter: Waiter = (outcome) => {
        leave();
        if (outcome.kind === 'failure') {
          resolve(failureReply(outcome, this.upstreams.whyNone));
          return;
        }
        request.metadata?.set(UPSTREAM_LABEL, outcome.upstream);
        request.explained?.note({ kind: 'upstream', upstream: outcome.upstream });
        resolve(replyTo(request, outcome.reply.in(request.name)));
      };
      const pending = known ?? this.#prepare(request, query, identity, upstreams, begun);
      if (domain !== undefined) {
        this.#late.remove(pending);
        pending.leave = this.#limits.start(client, domain);
      }
      pending.waiters.add(waiter, known !== undefined && isPatient ? 0 : leftMs, isPatient);
      if (known === undefined) pending.exchange.start(begun);
    });
  }

  /** Why a client may not ask about a domain, or only wait; undefined when it may. */
  #whyNot(client: string, domain: NameKey | undefined) {
    if (domain === undefined) return this.#limits.whyNotWait(client);
    return this.#limits.whyNotStart(client, domain);
  }

  #prepare(
    request: Request,
    query: Query,
    identity: string,
    upstreams: readonly Upstream[],
    begun: BegunTry | undefined,
  ): Pending {
    const { clock } = this.#context;
    const endsAt = (begun?.sentAt ?? clock.now()) + this.#timeouts.questionMs;
    const waiters: Waiters = new Waiters(clock, (isAlone) => {
      const leftMs = endsAt - clock.now();
      exchange.endAfter(leftMs);
      const outcome = leftMs > 0 ? exchange.soFar() : undefined;
      if (isAlone && outcome !== undefined) this.#becomesLate(pending);
      return outcome;
    });
    const ordered = begun === undefined ? this.#selection.order(upstreams) : upstreams;
    const { forceTcp, preferUdp } = this.options;
    const isStream = forceTcp || (!preferUdp && request.transport === 'tcp');
    const options = this.#exchangeOptions;
    const ended = (outcome: Outcome) => {
      this.#pending.delete(identity);
      this.#late.remove(pending);
      this.#metrics.inFlight.add(-1);
      pending.leave?.();
      if (outcome.kind === 'failure') this.#logFailure(upstreams, outcome);
      waiters.finish(outcome);
    };
    const exchange = new Exchange(query, ordered, isStream, options, this.#context, ended);
    const pending: Pending = { exchange, waiters, leave: undefined, end: () => exchange.end() };
    this.#pending.set(identity, pending);
    this.#metrics.inFlight.add(1);
    options.retries.earn();
    if (begun === undefined && areAllDown(upstreams)) this.#metrics.broken.add(1);
    return pending;
  }

  /** Its clients have been told. It makes room for others, and goes on. */
  #becomesLate(pending: Pending): void {
    pending.leave?.();
    pending.leave = undefined;
    this.#late.add(pending);
  }

  /** The time left for a question: plugins above may have taken some of it. */
  #leftMs({ receivedAt }: Request): number {
    return this.#timeouts.clientMs - (this.#context.clock.now() - receivedAt);
  }

  /** REFUSED, as where nothing is forwarded: an alias that leads outside stands alone. */
  #notAsked(explained: Explained): Reply {
    const upstreams = this.handles.map(({ label }) => label);
    explained.note({ kind: 'not asked', upstreams });
    return errorReply(NAME, Rcode.REFUSED);
  }

  /** For a question whose upstreams are not asked. */
  #unaskedReply(upstreams: readonly Upstream[]): Reply {
    const failure = failureOfUnasked(upstreams);
    const outcome = { kind: 'failure', failure, tries: 0, error: undefined } as const;
    return failureReply({ ...outcome, provisional: 'busy' }, this.upstreams.whyNone);
  }

  /** In a microtask: the reply that brought an upstream back is on its way to an exchange. */
  #wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      for (const { exchange } of [...this.#pending.values()]) exchange.wake();
    });
  }

  #logFailure(upstreams: readonly Upstream[], { failure, tries, error }: FailedOutcome): void {
    this.#failures.log((leftOut) => {
      const labels = upstreams.map(({ label }) => label).join(' ');
      this.#context.log.warn(
        { upstreams: labels, failure, tries, error, leftOut },
        this.upstreams.whyNone ?? 'no upstream answered',
      );
    });
  }
}
