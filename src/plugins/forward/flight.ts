import type { NameKey } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
import type { Timer } from '../../support/clock.ts';
import type { Asked } from './asked.ts';
import type { Failure } from './health.ts';
import { type Relevant, relevantOf } from './relevant.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Upstream, UpstreamContext } from './upstream.ts';
import { type Answered, type TryFailure, UpstreamTry } from './upstream-try.ts';

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
      /** `lame`: all there was were replies of no use, such as referrals. */
      readonly failure: Failure | 'lame';
      readonly tries: number;
      /** What the network said last, for logs. */
      readonly error: string | undefined;
    };

export interface FlightPlan {
  /** In the order to try them. */
  readonly upstreams: readonly Upstream[];
  /** Over TCP first. */
  readonly isStream: boolean;
  /** Over TCP only. */
  readonly forceStream: boolean;
  /** From the first query to giving up; ms. */
  readonly budgetMs: number;
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
}

/** RFC 9520 section 3.2: no more than this for one question, one server. */
const MAX_TRIES_EACH = 3;

/** An outage no longer than this is waited out, as far as the time for the question goes; ms. */
const SHORT_OUTAGE_MS = 3000;

interface Candidate {
  readonly upstream: Upstream;
  tries: number;
  open: number;
  /** Its reply was of no use, and the next would be the same. */
  isLame: boolean;
}

/**
 * One question on its way to upstreams, whoever asked it. Begins with one; asks a second when the first is slower than
 * it usually is, or silent, or fails; takes whichever reply comes first. While all are down it waits for one to come
 * back.
 */
export class Flight {
  readonly #asked: Asked;
  readonly #context: UpstreamContext;
  readonly #plan: FlightPlan;
  readonly #land: (landing: Landing) => void;
  readonly #candidates: readonly Candidate[];
  readonly #open = new Map<UpstreamTry, Candidate>();
  #deadline: Timer | undefined;
  #hedge: Timer | undefined;
  #tries = 0;
  #failed = 0;
  #lame = 0;
  #wasOnlyNetwork = true;
  #error: string | undefined;
  /** A try was called for, and there was nobody to ask. */
  #isStarved = false;
  /** A reply that would have been better from another upstream. */
  #fallback: Landing | undefined;
  #isDone = false;

  constructor(
    asked: Asked,
    context: UpstreamContext,
    plan: FlightPlan,
    land: (landing: Landing) => void,
  ) {
    this.#asked = asked;
    this.#context = context;
    this.#plan = plan;
    this.#land = land;
    this.#candidates = plan.upstreams.map((upstream) => {
      return { upstream, tries: 0, open: 0, isLame: false };
    });
  }

  start(): void {
    const { clock } = this.#context;
    this.#deadline = clock.setTimeout(() => this.#giveUp(), this.#plan.budgetMs);
    const areDown = this.#candidates.every(({ upstream }) => upstream.health.isDown);
    if (areDown && this.#plan.failFast) {
      this.#giveUp();
      return;
    }
    const first = this.#pick(false);
    if (first === undefined) {
      this.#starve();
      return;
    }
    const { patienceMs } = first.upstream.health;
    if (this.#candidates.length > 1) {
      this.#hedge = clock.setTimeout(() => this.#hurry(true), patienceMs);
    }
    this.#launch(first);
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

  /**
   * Whom to ask next: who was asked least often, then who has answered last, then, for all but the first try, who is
   * fastest. One that is down only when all are, and then only now and then.
   */
  #pick(mustDiffer: boolean): Candidate | undefined {
    const left = this.#candidates.filter(
      ({ tries, open, isLame }) => tries < MAX_TRIES_EACH && !isLame && !(mustDiffer && open > 0),
    );
    const up = left.filter(({ upstream }) => !upstream.health.isDown);
    if (up.length === 0 && this.#candidates.every(({ upstream }) => upstream.health.isDown)) {
      return left.find(({ upstream }) => upstream.health.takeTrial());
    }
    const isFirst = this.#tries === 0;
    return up.reduce<Candidate | undefined>((best, candidate) => {
      if (best === undefined) return candidate;
      return isBetter(candidate, best, isFirst) ? candidate : best;
    }, undefined);
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
      this.#asked,
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
    const reply = relevantOf(answer, this.#asked, this.#plan.isOwn);
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
    if (!this.#isDone) this.#unanswered(failure.kind);
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

  /** Nobody to ask: wait for replies under way, or for the end of a short outage; else this is the end. */
  #starve(): void {
    this.#isStarved = true;
    if (this.#open.size > 0) return;
    const comesBack = this.#candidates.some(({ upstream: { health }, tries }) => {
      return health.isDown && health.downMs < SHORT_OUTAGE_MS && tries < MAX_TRIES_EACH;
    });
    if (!comesBack) this.#giveUp();
  }

  #giveUp(): void {
    this.#finish(
      this.#fallback ?? {
        kind: 'failure',
        failure: this.#failure(),
        tries: this.#tries,
        error: this.#error,
      },
    );
  }

  #failure(): Failure | 'lame' {
    if (this.#candidates.length === 0) return 'silent';
    if (this.#tries === 0) {
      const areOff = this.#candidates.every(
        ({ upstream }) => upstream.health.lastFailure === 'network',
      );
      return areOff ? 'network' : 'silent';
    }
    if (this.#open.size > 0 || this.#failed === 0) return 'silent';
    if (this.#lame === this.#failed) return 'lame';
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

function isBetter(one: Candidate, other: Candidate, isFirst: boolean): boolean {
  if (one.tries !== other.tries) return one.tries < other.tries;
  const [health, otherHealth] = [one.upstream.health, other.upstream.health];
  if (health.isSuspect !== otherHealth.isSuspect) return !health.isSuspect;
  return !isFirst && health.latencyMs < otherHealth.latencyMs;
}
