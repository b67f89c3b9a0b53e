import { ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import { LogLimiter } from '../../observe/log.ts';
import type { Counter, Gauge } from '../../observe/metrics.ts';
import { drawFrom } from '../draw.ts';
import type { Outlet } from '../outlet.ts';
import type { Reply, Request } from '../plugin.ts';
import { errorReply } from '../reply.ts';
import { isInAny } from '../zone-match.ts';
import { type Asked, askedBy, identityOf } from './asked.ts';
import { Flight, type FlightPlan, type Landing } from './flight.ts';
import type { Health } from './health.ts';
import { ForwardLimits, type LimitCounters } from './limits.ts';
import { DEFAULTS, type ForwardOptions } from './options.ts';
import { Selection } from './policy.ts';
import { type Failed, failureReply, replyTo } from './replies.ts';
import { RetryBudget } from './retry-budget.ts';
import { SpelledReply } from './spelled-reply.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';
import type { UpstreamSet } from './upstream-set.ts';

const NAME = 'forward';

/** CoreDNS's metadata: who answered. */
const UPSTREAM_LABEL = 'forward/upstream';

/** A client gets its answer, if only that there is none, within 1.5 s of asking; this leaves a little for the way. */
const BUDGET_MS = 1450;
/** The most that a longer `read_timeout` can make of it: CoreDNS's own limit. */
const MOST_BUDGET_MS = 5000;

/** What all forwarders of a plugin count. */
export interface ForwardMetrics {
  readonly broken: Counter;
  readonly extraTries: Counter;
  readonly inFlight: Gauge;
  readonly limits: LimitCounters;
}

type Waiter = (landing: Landing, spelled: SpelledReply | undefined) => void;

interface Waiting {
  readonly flight: Flight;
  /** When it gives up, `Clock.now()`; ms. */
  readonly endsAt: number;
  readonly waiters: Waiter[];
}

/** One `forward` line: which names it takes, and everybody who waits for an answer from its upstreams. */
export class Forwarder {
  readonly options: ForwardOptions;
  readonly upstreams: UpstreamSet;
  readonly #context: UpstreamContext;
  readonly #metrics: ForwardMetrics;
  readonly #isOwn: (key: NameKey) => boolean;
  readonly #selection: Selection;
  readonly #limits: ForwardLimits;
  readonly #retries = new RetryBudget();
  readonly #flights = new Map<string, Waiting>();
  readonly #failures: LogLimiter;
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
    this.#isOwn = isOwn;
    this.#selection = new Selection(options.policy, drawFrom(context.random));
    this.#limits = new ForwardLimits(options, metrics.limits);
    this.#failures = new LogLimiter(() => context.clock.now(), 10_000);
    upstreams.onUp = () => this.#wake();
  }

  /** Its upstreams, for who wants to know whether they lead back here. */
  get outlets(): readonly Outlet[] {
    return this.upstreams.outlets(this.options, this.#context);
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
    const upstreams = this.upstreams.current();
    const leftMs = this.#leftMs(request);
    if (leftMs <= 0) return Promise.resolve(this.#failureReply(lastFailure(upstreams)));
    const turned =
      known === undefined ? this.#limits.whyNotStart(request) : this.#limits.whyNotWait(request);
    if (turned !== undefined) {
      // There is no answer to be had anyway, and that is what the client should know.
      if (areAllDown(upstreams)) return Promise.resolve(this.#failureReply(lastFailure(upstreams)));
      const { rcode, text } = turned;
      const reply = errorReply(NAME, rcode, ExtendedError.OTHER, text);
      return Promise.resolve({ ...reply, provisional: 'busy' });
    }
    const leave = this.#limits.wait(request);
    return new Promise((resolve) => {
      const waiter: Waiter = (landing, spelled) => {
        if (landing.kind === 'reply') request.metadata?.set(UPSTREAM_LABEL, landing.upstream);
        leave();
        resolve(
          landing.kind === 'failure' || spelled === undefined
            ? this.#failureReply(landing as Failed)
            : replyTo(request, spelled.in(request.name)),
        );
      };
      if (known === undefined) this.#depart(request, asked, identity, upstreams, waiter, leftMs);
      else this.#join(known, waiter, leftMs);
    });
  }

  #join({ waiters, endsAt }: Waiting, waiter: Waiter, leftMs: number): void {
    waiters.push(waiter);
    const { clock } = this.#context;
    if (clock.now() + leftMs >= endsAt) return;
    clock.setTimeout(() => {
      const at = waiters.indexOf(waiter);
      if (at >= 0) waiters.splice(at, 1)[0]?.(lastFailure(this.upstreams.current()), undefined);
    }, leftMs);
  }

  #depart(
    request: Request,
    asked: Asked,
    identity: string,
    upstreams: readonly Upstream[],
    waiter: Waiter,
    budgetMs: number,
  ): void {
    const leave = this.#limits.start(request);
    const waiters = [waiter];
    const plan = this.#plan(request, this.#selection.order(upstreams), budgetMs);
    const flight = new Flight(asked, this.#context, plan, (landing) => {
      this.#flights.delete(identity);
      this.#metrics.inFlight.add(-1);
      leave();
      if (landing.kind === 'failure') this.#report(upstreams, landing);
      const spelled =
        landing.kind === 'reply' ? new SpelledReply(landing.reply, landing.sentName) : undefined;
      for (const tell of waiters.splice(0)) tell(landing, spelled);
    });
    const endsAt = this.#context.clock.now() + budgetMs;
    this.#flights.set(identity, { flight, endsAt, waiters });
    this.#metrics.inFlight.add(1);
    this.#retries.earn();
    if (areAllDown(upstreams)) this.#metrics.broken.add(1);
    flight.start();
  }

  #plan(request: Request, upstreams: readonly Upstream[], budgetMs: number): FlightPlan {
    const { forceTcp, preferUdp, maxConnectAttempts, failover, failFast } = this.options;
    return {
      upstreams,
      isStream: forceTcp || (!preferUdp && request.transport === 'tcp'),
      forceStream: forceTcp,
      budgetMs,
      maxFailedTries: maxConnectAttempts,
      failover,
      failFast,
      retries: this.#retries,
      isOwn: this.#isOwn,
      onExtraTry: () => this.#metrics.extraTries.add(1),
    };
  }

  /** The time for a question. Others may have taken theirs with it before it came here. */
  #leftMs({ receivedAt }: Request): number {
    const { readTimeoutMs } = this.options;
    const budgetMs =
      readTimeoutMs <= DEFAULTS.readTimeoutMs ? BUDGET_MS : Math.min(readTimeoutMs, MOST_BUDGET_MS);
    return budgetMs - (this.#context.clock.now() - receivedAt);
  }

  #failureReply(failed: Failed): Reply {
    return failureReply(failed, this.upstreams.whyNone);
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

  #report(upstreams: readonly Upstream[], { failure, tries, error }: Landing & Failed): void {
    this.#failures.log((leftOut) => {
      this.#context.log.warn(
        {
          upstreams: upstreams.map(({ label }) => label).join(' '),
          failure,
          tries,
          error,
          leftOut,
        },
        this.upstreams.whyNone ?? 'no upstream answered',
      );
    });
  }
}

function areAllDown(upstreams: readonly Upstream[]): boolean {
  return upstreams.length > 0 && upstreams.every(({ health }) => health.isDown);
}

/** What is to be said of upstreams that cannot be waited for. */
function lastFailure(upstreams: readonly Upstream[]): Failed {
  const areOff = areAllDown(upstreams) && upstreams.every(({ health }) => isNetwork(health));
  return { kind: 'failure', failure: areOff ? 'network' : 'silent', tries: 0, error: undefined };
}

function isNetwork({ lastFailure }: Health): boolean {
  return lastFailure === 'network';
}

/** Zone transfers are no questions, nor are the types that only mean something inside a message. */
function isForwardable(type: number): boolean {
  return type === Type.ANY || !(type === 0 || type === Type.OPT || (type >= 128 && type <= 255));
}
