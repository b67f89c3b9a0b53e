import { ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import { LogLimiter } from '../../observe/log.ts';
import type { Counter, Gauge } from '../../observe/metrics.ts';
import type { Reply, Request } from '../plugin.ts';
import { randomIndexFrom } from '../random-index.ts';
import { errorReply } from '../reply.ts';
import type { UpstreamHandle } from '../upstream-handle.ts';
import { isInAny } from '../zone-match.ts';
import { Selection } from './exchange/candidates.ts';
import { Flight, type FlightPlan, type Landing } from './exchange/exchange.ts';
import { type Late, LateFlights, type LateMetrics } from './exchange/late.ts';
import { ForwardLimits, type LimitCounters } from './exchange/limits.ts';
import { type Failed, failureReply, replyTo } from './exchange/replies.ts';
import { RetryBudget } from './exchange/retry-budget.ts';
import { SpelledReply } from './exchange/spelled-reply.ts';
import { type Waiter, Waiters } from './exchange/waiters.ts';
import { type ForwardOptions, type Timeouts, timeoutsOf } from './options/options.ts';
import type { Health } from './upstream/health.ts';
import { type Query, queryKey, queryOf } from './upstream/query.ts';
import type { Upstream, UpstreamContext } from './upstream/upstream.ts';
import type { UpstreamSet } from './upstream/upstream-set.ts';

const NAME = 'forward';

/** CoreDNS's metadata: who answered. */
const UPSTREAM_LABEL = 'forward/upstream';

/** Questions that nobody waits for any more, for each that somebody may wait for. */
const LATE_SHARE = 1 / 4;

/** What all forwarders of a plugin count. */
export interface ForwardMetrics {
  readonly broken: Counter;
  readonly extraTries: Counter;
  readonly inFlight: Gauge;
  readonly limits: LimitCounters;
  readonly late: LateMetrics;
}

/** A question under way. */
interface UnderWay extends Late {
  readonly flight: Flight;
  readonly waiters: Waiters;
  /** Ends its counting for the limits; undefined while it does not count, as no client waits. */
  leave: (() => void) | undefined;
}

/**
 * One `forward` line: which names it takes, and everybody who waits for an answer from its
 * upstreams.
 */
export class Forwarder {
  readonly options: ForwardOptions;
  readonly upstreams: UpstreamSet;
  readonly #context: UpstreamContext;
  readonly #metrics: ForwardMetrics;
  readonly #isOwn: (key: NameKey) => boolean;
  readonly #selection: Selection;
  readonly #limits: ForwardLimits;
  readonly #retries = new RetryBudget();
  readonly #timeouts: Timeouts;
  readonly #flights = new Map<string, UnderWay>();
  readonly #late: LateFlights;
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
    this.#selection = new Selection(options.policy, randomIndexFrom(context.random));
    this.#limits = new ForwardLimits(options, metrics.limits);
    this.#timeouts = timeoutsOf(options.readTimeoutMs);
    this.#late = new LateFlights(Math.ceil(options.maxConcurrent * LATE_SHARE), metrics.late);
    this.#failures = new LogLimiter(() => context.clock.now(), 10_000);
    upstreams.onUp = () => this.#wake();
  }

  /** Its upstreams, for who wants to know whether they lead back here. */
  get handles(): readonly UpstreamHandle[] {
    return this.upstreams.handles(this.options, this.#context);
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

  /** Lets go of its upstreams, and of questions that nobody waits for. */
  stop(): void {
    this.upstreams.stop();
    this.#late.stop();
  }

  /** Never rejects. */
  serve(request: Request): Promise<Reply> {
    if (!isForwardable(request.type)) return Promise.resolve(errorReply(NAME, Rcode.REFUSED));
    const query = queryOf(request);
    const identity = queryKey(query);
    const known = this.#flights.get(identity);
    const upstreams = this.upstreams.current();
    const isPatient = request.isPatient === true;
    const leftMs = isPatient ? this.#timeouts.clientMs : this.#leftMs(request);
    if (leftMs <= 0) return Promise.resolve(this.#failureReply(lastFailure(upstreams)));
    const isCounted = known?.leave !== undefined || (known !== undefined && isPatient);
    const turned = isCounted ? this.#limits.whyNotWait(request) : this.#limits.whyNotStart(request);
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
      const underWay = known ?? this.#prepare(request, query, identity, upstreams);
      if (!isCounted) {
        this.#late.remove(underWay);
        underWay.leave = this.#limits.start(request);
      }
      underWay.waiters.add(waiter, known !== undefined && isPatient ? 0 : leftMs, isPatient);
      if (known === undefined) underWay.flight.start();
    });
  }

  #prepare(
    request: Request,
    query: Query,
    identity: string,
    upstreams: readonly Upstream[],
  ): UnderWay {
    const { clock } = this.#context;
    const endsAt = clock.now() + this.#timeouts.questionMs;
    const waiters = new Waiters(clock, (isAlone) => {
      const leftMs = endsAt - clock.now();
      flight.endAfter(leftMs);
      const landing = leftMs > 0 ? flight.soFar() : undefined;
      if (isAlone && landing !== undefined) this.#nobodyWaits(underWay);
      return landing;
    });
    const plan = this.#plan(request, this.#selection.order(upstreams));
    const flight: Flight = new Flight(query, this.#context, plan, (landing) => {
      this.#flights.delete(identity);
      this.#late.remove(underWay);
      this.#metrics.inFlight.add(-1);
      underWay.leave?.();
      if (landing.kind === 'failure') this.#report(upstreams, landing);
      const spelled =
        landing.kind === 'reply' ? new SpelledReply(landing.reply, landing.sentName) : undefined;
      waiters.land(landing, spelled);
    });
    const underWay: UnderWay = { flight, waiters, leave: undefined, end: () => flight.end() };
    this.#flights.set(identity, underWay);
    this.#metrics.inFlight.add(1);
    this.#retries.earn();
    if (areAllDown(upstreams)) this.#metrics.broken.add(1);
    return underWay;
  }

  /** Its clients have been told. It makes room for others, and goes on. */
  #nobodyWaits(underWay: UnderWay): void {
    underWay.leave?.();
    underWay.leave = undefined;
    this.#late.add(underWay);
  }

  #plan(request: Request, upstreams: readonly Upstream[]): FlightPlan {
    const { forceTcp, preferUdp, maxConnectAttempts, failover, failFast } = this.options;
    return {
      upstreams,
      isStream: forceTcp || (!preferUdp && request.transport === 'tcp'),
      forceStream: forceTcp,
      maxFailedTries: maxConnectAttempts,
      failover,
      failFast,
      retries: this.#retries,
      isOwn: this.#isOwn,
      onExtraTry: () => this.#metrics.extraTries.add(1),
      onBusy: () => this.#late.dropOldest(),
    };
  }

  /** The time for a question. Others may have taken theirs with it before it came here. */
  #leftMs({ receivedAt }: Request): number {
    return this.#timeouts.clientMs - (this.#context.clock.now() - receivedAt);
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
  const failure = areOff ? 'network' : 'silent';
  return { kind: 'failure', failure, tries: 0, error: undefined, provisional: 'busy' };
}

function isNetwork({ lastFailure }: Health): boolean {
  return lastFailure === 'network';
}

/** Zone transfers are no questions, nor are the types that only mean something inside a message. */
function isForwardable(type: number): boolean {
  return type === Type.ANY || !(type === 0 || type === Type.OPT || (type >= 128 && type <= 255));
}
