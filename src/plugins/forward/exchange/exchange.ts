import type { NameKey } from '../../../dns/name.ts';
import type { WireName } from '../../../dns/record.ts';
import type { Timer } from '../../../support/clock.ts';
import type { Reply } from '../../plugin.ts';
import type { Failure } from '../upstream/health.ts';
import type { Query } from '../upstream/query.ts';
import type { Upstream, UpstreamContext } from '../upstream/upstream.ts';
import { type Answered, type TryFailure, UpstreamTry } from '../upstream/upstream-try.ts';
import { type Candidate, Candidates, MAX_TRIES_EACH } from './candidates.ts';
import { type Relevant, relevantOf } from './relevant.ts';
import type { RetryBudget } from './retry-budget.ts';

/** How a question ends. */
export type Landing =
  | {
      readonly kind: 'reply';
      readonly reply: Relevant;
      readonly sentName: WireName;
      /** The label of the upstream that sent it. */
      readonly upstream: string;
    }
  | {
      readonly kind: 'failure';
      /**
       * `lame`: all there was were replies of no use, such as referrals. `busy`: no socket was to
       * be had.
       */
      readonly failure: Failure | 'lame' | 'busy';
      readonly tries: number;
      /** What the network said last, for logs. */
      readonly error: string | undefined;
      /** Not the upstreams' doing, or not the end yet: see `Reply`. */
      readonly provisional: Reply['provisional'] | undefined;
    };

export interface FlightPlan {
  /** In the order to try them. */
  readonly upstreams: readonly Upstream[];
  /** Over TCP first. */
  readonly isStream: boolean;
  /** Over TCP only. */
  readonly forceStream: boolean;
  /** Failed tries until giving up; 0: as many as there may be. */
  readonly maxFailedTries: number;
  /** Codes for which another upstream is asked. */
  readonly failover: ReadonlySet<number>;
  /** Give up at once when all are down. */
  readonly failFast: boolean;
  readonly retries: RetryBudget;
  /** Names that this server answers itself. */
  readonly isOwn: (key: NameKey) => boolean;
  /** Called for each query after the first. */
  readonly onExtraTry: () => void;
  /** Called when there was no socket to ask from, before another try. */
  readonly onBusy: () => void;
}

/**
 * Silence of all upstreams that is no longer than this is waited out, as far as the time for the
 * question goes; ms.
 */
const SHORT_OUTAGE_MS = 3000;

/**
 * One question on its way to upstreams, whoever asked it. Begins with one; asks a second when the
 * first is slower than it usually is, or silent, or fails; takes whichever reply comes first. While
 * all are down it waits for one to come back.
 */
export class Flight {
  readonly #query: Query;
  readonly #context: UpstreamContext;
  readonly #plan: FlightPlan;
  readonly #land: (landing: Landing) => void;
  readonly #candidates: Candidates;
  readonly #open = new Map<UpstreamTry, Candidate>();
  #deadline: Timer | undefined;
  #hedge: Timer | undefined;
  #tries = 0;
  #failed = 0;
  #lame = 0;
  #busy = 0;
  #wasOnlyNetwork = true;
  #error: string | undefined;
  /** A try was called for, and there was nobody to ask. */
  #isStarved = false;
  /** A reply that would have been better from another upstream. */
  #fallback: Landing | undefined;
  #isDone = false;

  constructor(
    query: Query,
    context: UpstreamContext,
    plan: FlightPlan,
    land: (landing: Landing) => void,
  ) {
    this.#query = query;
    this.#context = context;
    this.#plan = plan;
    this.#land = land;
    this.#candidates = new Candidates(plan.upstreams);
  }

  start(): void {
    const { clock } = this.#context;
    if (this.#candidates.areDown && this.#plan.failFast) {
      this.#giveUp();
      return;
    }
    const first = this.#pick(false);
    if (first === undefined) {
      this.#starve();
      return;
    }
    const { patienceMs } = first.upstream.health;
    if (this.#candidates.all.length > 1) {
      this.#hedge = clock.setTimeout(() => this.#hurry(true), patienceMs);
    }
    this.#launch(first);
  }

  /** It is over in so many ms, whatever has come of it by then. The first time counts. */
  endAfter(ms: number): void {
    if (this.#isDone) return;
    this.#deadline ??= this.#context.clock.setTimeout(() => this.#giveUp(), ms);
  }

  /** Gives up before the upstreams had their time. */
  end(): void {
    this.#giveUp('busy');
  }

  /**
   * What a client is told that can wait no longer. A reply of last resort that is at hand will do:
   * with it the flight ends, and everybody has been told.
   */
  soFar(): Landing | undefined {
    if (this.#fallback === undefined) return this.#asFailure('pending');
    this.#finish(this.#fallback);
    return undefined;
  }

  /** An upstream came back. */
  wake(): void {
    if (this.#isDone || !this.#isStarved) return;
    const candidate = this.#pick(false);
    if (candidate === undefined) return;
    this.#isStarved = false;
    this.#launch(candidate);
  }

  /** The tries under way are slow: asks one more, if there is one and the budget allows it. */
  #hurry(mustDiffer: boolean): void {
    if (this.#isDone) return;
    const candidate = this.#pick(mustDiffer);
    if (candidate !== undefined && this.#plan.retries.take()) this.#launch(candidate);
    else if (candidate === undefined && !mustDiffer) this.#starve();
  }

  #pick(mustDiffer: boolean): Candidate | undefined {
    return this.#candidates.pick(mustDiffer, this.#tries === 0);
  }

  #launch(candidate: Candidate): void {
    if (this.#tries > 0) this.#plan.onExtraTry();
    this.#tries++;
    candidate.tries++;
    candidate.open++;
    // Who asked over TCP gets TCP, but an upstream without it is better than none.
    const isStream = this.#plan.forceStream || (this.#plan.isStream && this.#failed === 0);
    const launched: UpstreamTry = new UpstreamTry(
      candidate.upstream,
      this.#context,
      this.#query,
      isStream,
      {
        answered: (answer) => this.#answered(launched, answer),
        failed: (failure) => this.#tryFailed(launched, failure),
        silent: () => this.#hurry(false),
      },
    );
    this.#open.set(launched, candidate);
    launched.start();
  }

  #answered(from: UpstreamTry, answer: Answered): void {
    const candidate = this.#ended(from);
    if (this.#isDone) return;
    const reply = relevantOf(answer, this.#query, this.#plan.isOwn);
    if (reply === undefined) {
      if (candidate !== undefined) candidate.isLame = true;
      this.#lame++;
      this.#unanswered('useless');
      return;
    }
    const { sentName } = answer;
    const upstream = candidate?.upstream.label ?? '';
    const landing: Landing = { kind: 'reply', reply, sentName, upstream };
    const isLastResort = reply.truncated || this.#plan.failover.has(reply.rcode);
    if (!isLastResort) {
      this.#finish(landing);
      return;
    }
    this.#fallback = landing;
    const next = this.#pick(true);
    if (next?.tries === 0) this.#launch(next);
    else if (this.#open.size === 0) this.#finish(landing);
  }

  #tryFailed(from: UpstreamTry, failure: TryFailure): void {
    this.#ended(from);
    if (failure.kind === 'network') this.#error = failure.error.message;
    if (this.#isDone) return;
    if (failure.kind === 'busy') {
      this.#busy++;
      this.#plan.onBusy();
    }
    this.#unanswered(failure.kind);
  }

  #unanswered(failure: TryFailure['kind']): void {
    this.#failed++;
    if (failure !== 'network') this.#wasOnlyNetwork = false;
    const { maxFailedTries } = this.#plan;
    const isEnough = maxFailedTries > 0 && this.#failed >= maxFailedTries;
    const candidate = isEnough ? undefined : this.#pick(false);
    if (candidate !== undefined) this.#launch(candidate);
    else if (!isEnough) this.#starve();
    else if (this.#open.size === 0) this.#giveUp();
  }

  /**
   * Nobody to ask: wait for replies under way, or for the end of a short silence; else this is the
   * end. Where the network says no there is nothing to wait for: who asks again may be luckier.
   */
  #starve(): void {
    this.#isStarved = true;
    if (this.#open.size > 0) return;
    const comesBack = this.#candidates.all.some(({ upstream: { health }, tries }) => {
      if (!health.isDown || health.lastFailure === 'network') return false;
      return health.downMs < SHORT_OUTAGE_MS && tries < MAX_TRIES_EACH;
    });
    if (!comesBack || this.#plan.failFast) this.#giveUp();
  }

  #giveUp(provisional?: Reply['provisional']): void {
    this.#finish(this.#fallback ?? this.#asFailure(provisional));
  }

  #asFailure(provisional: Reply['provisional'] | undefined): Landing {
    const failure = this.#failure();
    const [tries, error] = [this.#tries, this.#error];
    // What nobody was asked, nobody has failed to answer. And where nobody listens, that is known
    // of the upstream: it is hardly asked until it is there again, and then a failure kept for each
    // name would only be in the way.
    const isGone = failure === 'network' && this.#candidates.areDown;
    const isOurs = tries === 0 || failure === 'busy' || isGone;
    return {
      kind: 'failure',
      failure,
      tries,
      error,
      provisional: provisional ?? (isOurs ? 'busy' : undefined),
    };
  }

  #failure(): Failure | 'lame' | 'busy' {
    if (this.#candidates.all.length === 0) return 'silent';
    if (this.#tries === 0) {
      const areOff = this.#candidates.all.every(
        ({ upstream }) => upstream.health.lastFailure === 'network',
      );
      return areOff ? 'network' : 'silent';
    }
    if (this.#open.size > 0 || this.#failed === 0) return 'silent';
    if (this.#lame === this.#failed) return 'lame';
    if (this.#busy === this.#failed) return 'busy';
    return this.#wasOnlyNetwork ? 'network' : 'silent';
  }

  #finish(landing: Landing): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#deadline?.cancel();
    this.#hedge?.cancel();
    for (const other of this.#open.keys()) {
      if (landing.kind === 'reply') other.letGo();
      else other.cancel();
    }
    this.#open.clear();
    this.#land(landing);
  }

  #ended(launched: UpstreamTry): Candidate | undefined {
    const candidate = this.#open.get(launched);
    if (candidate !== undefined) candidate.open--;
    this.#open.delete(launched);
    return candidate;
  }
}
