import type { NameKey } from '../../../dns/name.ts';
import type { Timer } from '../../../support/clock.ts';
import type { Reply } from '../../plugin.ts';
import type { Query } from '../upstream/query.ts';
import type { BegunTry, TryEvents, TryFailure, TryReply } from '../upstream/try-events.ts';
import type { Upstream, UpstreamContext } from '../upstream/upstream.ts';
import { UpstreamTry } from '../upstream/upstream-try.ts';
import { type Candidate, Candidates, failureOfUnasked, MAX_TRIES_EACH } from './candidates.ts';
import type { RetryBudget } from './limits.ts';
import type { FailedOutcome, Outcome } from './outcome.ts';
import { SpelledReply } from './spelled-reply.ts';
import { usableReply } from './usable-reply.ts';

/** What all exchanges of a `forward` line have in common. */
export interface ExchangeOptions {
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
  /** Called at the end with how many queries were sent after the first, if any. */
  readonly onExtraTries: (count: number) => void;
  /** Called when there was no free socket, before another try. */
  readonly onBusy: () => void;
}

/** An outage of all upstreams that is no longer than this is waited out; ms. */
const SHORT_OUTAGE_MS = 3000;

/**
 * One query and its tries, for any number of clients. Begins with one upstream; asks a second when
 * the first is slower than usual, or silent, or fails; takes whichever reply comes first. While all
 * are down it waits for one to come back.
 */
export class Exchange implements TryEvents<UpstreamTry> {
  readonly #query: Query;
  readonly #upstreams: readonly Upstream[];
  readonly #isStream: boolean;
  readonly #options: ExchangeOptions;
  readonly #context: UpstreamContext;
  readonly #ended: (outcome: Outcome) => void;
  readonly #candidates: Candidates;
  #open: OpenTry[] = [];
  #deadline: Timer | undefined;
  #hedge: Timer | undefined;
  #tries = 0;
  #failed = 0;
  #lame = 0;
  #busy = 0;
  #wasOnlyNetwork = true;
  #error: string | undefined;
  /** Another try was due, and no upstream could be asked. */
  #needsUpstream = false;
  /** A reply to use when no other upstream has a better one. */
  #fallback: Outcome | undefined;
  #isDone = false;

  /** `upstreams`: in the order to try them; `isStream`: over TCP first. */
  constructor(
    query: Query,
    upstreams: readonly Upstream[],
    isStream: boolean,
    options: ExchangeOptions,
    context: UpstreamContext,
    ended: (outcome: Outcome) => void,
  ) {
    this.#query = query;
    this.#upstreams = upstreams;
    this.#isStream = isStream;
    this.#options = options;
    this.#context = context;
    this.#ended = ended;
    this.#candidates = new Candidates(upstreams);
  }

  /** With a query that was begun, of the first upstream. */
  start(begun?: BegunTry): void {
    const { clock } = this.#context;
    if (begun === undefined && this.#candidates.areDown && this.#options.failFast) {
      this.#giveUp();
      return;
    }
    const first = begun === undefined ? this.#pick(false) : this.#candidates.all[0];
    if (first === undefined) {
      this.#awaitUpstream();
      return;
    }
    if (this.#candidates.all.length > 1) {
      const { hedgeMs } = first.upstream.health;
      const leftMs = begun === undefined ? hedgeMs : begun.hedgeAt - clock.now();
      this.#hedge = clock.setTimeout(() => this.#tryAnother(true), leftMs);
    }
    this.#launch(first, begun);
  }

  /** Ends it in so many ms, whatever has come by then. The first call counts. */
  endAfter(ms: number): void {
    if (this.#isDone) return;
    this.#deadline ??= this.#context.clock.setTimeout(() => this.#giveUp(), ms);
  }

  /** Gives up before the upstreams had their time. */
  end(): void {
    this.#giveUp('busy');
  }

  /**
   * What to say to a client that can wait no longer. When there is a fallback, the exchange ends
   * with it for everybody, and the result is undefined.
   */
  soFar(): Outcome | undefined {
    if (this.#fallback === undefined) return this.#failedOutcome('pending');
    this.#finish(this.#fallback);
    return undefined;
  }

  /** An upstream came back. */
  wake(): void {
    if (this.#isDone || !this.#needsUpstream) return;
    const candidate = this.#pick(false);
    if (candidate === undefined) return;
    this.#needsUpstream = false;
    this.#launch(candidate);
  }

  /** The open tries are slow: asks one more, if there is one and the budget allows it. */
  #tryAnother(mustDiffer: boolean): void {
    if (this.#isDone) return;
    const candidate = this.#pick(mustDiffer);
    if (candidate !== undefined && this.#options.retries.take()) this.#launch(candidate);
    else if (candidate === undefined && !mustDiffer) this.#awaitUpstream();
  }

  #pick(mustDiffer: boolean): Candidate | undefined {
    return this.#candidates.pick(mustDiffer, this.#tries === 0);
  }

  #launch(candidate: Candidate, begun?: BegunTry): void {
    this.#tries++;
    candidate.tries++;
    candidate.open++;
    // A client on TCP gets TCP, but an upstream without it is better than none.
    const isStream = this.#options.forceStream || (this.#isStream && this.#failed === 0);
    const { upstream } = candidate;
    const launched = new UpstreamTry(upstream, this.#context, this.#query, isStream, this);
    // Not push(): with the first element of a list that makes room for 17.
    this.#open = [...this.#open, { launched, candidate }];
    launched.start(begun);
  }

  answered(from: UpstreamTry, tryReply: TryReply): void {
    const candidate = this.#close(from);
    if (this.#isDone) return;
    const reply = usableReply(tryReply, this.#query, this.#options.isOwn);
    if (reply === undefined) {
      if (candidate !== undefined) candidate.isLame = true;
      this.#lame++;
      this.#unanswered('useless');
      return;
    }
    const outcome: Outcome = {
      kind: 'reply',
      reply: new SpelledReply(reply, tryReply.sentName),
      upstream: candidate?.upstream.label ?? '',
    };
    if (!reply.truncated && !this.#options.failover.has(reply.rcode)) {
      this.#finish(outcome);
      return;
    }
    this.#fallback = outcome;
    const next = this.#pick(true);
    if (next?.tries === 0) this.#launch(next);
    else if (this.#open.length === 0) this.#finish(outcome);
  }

  failed(from: UpstreamTry, failure: TryFailure): void {
    this.#close(from);
    if (failure.kind === 'network') this.#error = failure.error.message;
    if (this.#isDone) return;
    if (failure.kind === 'busy') {
      this.#busy++;
      this.#options.onBusy();
    }
    this.#unanswered(failure.kind);
  }

  silent(): void {
    this.#tryAnother(false);
  }

  #unanswered(failure: TryFailure['kind']): void {
    this.#failed++;
    if (failure !== 'network') this.#wasOnlyNetwork = false;
    const { maxFailedTries } = this.#options;
    const isEnough = maxFailedTries > 0 && this.#failed >= maxFailedTries;
    const candidate = isEnough ? undefined : this.#pick(false);
    if (candidate !== undefined) this.#launch(candidate);
    else if (!isEnough) this.#awaitUpstream();
    else if (this.#open.length === 0) this.#giveUp();
  }

  /**
   * No upstream can be asked: waits for the open tries, or for the end of a short outage; otherwise
   * gives up. After a network error there is nothing to wait for: a client may ask again.
   */
  #awaitUpstream(): void {
    this.#needsUpstream = true;
    if (this.#open.length > 0) return;
    const comesBack = this.#candidates.all.some(({ upstream: { health }, tries }) => {
      if (!health.isDown || health.lastFailure === 'network') return false;
      return health.downMs < SHORT_OUTAGE_MS && tries < MAX_TRIES_EACH;
    });
    if (!comesBack || this.#options.failFast) this.#giveUp();
  }

  #giveUp(provisional?: Reply['provisional']): void {
    this.#finish(this.#fallback ?? this.#failedOutcome(provisional));
  }

  #failedOutcome(provisional: Reply['provisional'] | undefined): Outcome {
    const failure = this.#failure();
    const [tries, error] = [this.#tries, this.#error];
    // Upstreams that were not asked have not failed. And where none listens, the upstreams are
    // down, and hardly asked until they are back: a failure kept for each name would be in the way.
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

  #failure(): FailedOutcome['failure'] {
    if (this.#tries === 0) return failureOfUnasked(this.#upstreams);
    if (this.#open.length > 0 || this.#failed === 0) return 'silent';
    if (this.#lame === this.#failed) return 'lame';
    if (this.#busy === this.#failed) return 'busy';
    return this.#wasOnlyNetwork ? 'network' : 'silent';
  }

  #finish(outcome: Outcome): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#deadline?.cancel();
    this.#hedge?.cancel();
    // Known by now is whether there was a socket for each, but one begun in this very turn.
    const extra = this.#tries - this.#busy - 1;
    if (extra > 0) this.#options.onExtraTries(extra);
    for (const { launched } of this.#open) {
      if (outcome.kind === 'reply') launched.detach();
      else launched.cancel();
    }
    this.#open = [];
    this.#ended(outcome);
  }

  #close(from: UpstreamTry): Candidate | undefined {
    const at = this.#open.findIndex(({ launched }) => launched === from);
    const candidate = this.#open[at]?.candidate;
    if (candidate === undefined) return undefined;
    candidate.open--;
    this.#open.splice(at, 1);
    return candidate;
  }
}

interface OpenTry {
  readonly launched: UpstreamTry;
  readonly candidate: Candidate;
}
