import type { Counter, Histogram, Metrics } from '../observe/metrics.ts';
import type { Clock } from '../support/clock.ts';
import { FairSlots } from '../support/fair-slots.ts';
import { ChainTurns, type ChainTurnsOptions } from './chain-turns.ts';
import { FairQueue, type Queued } from './fair-queue.ts';

/**
 * Why a question did not get into the chain: it waited too long, newer ones took its place in the queue, or too many
 * were inside.
 */
export type ShedReason = 'queue_age' | 'queue_full' | 'in_chain';

/** A question for the chain. Nothing here throws. */
export interface ChainQuestion extends Queued {
  /** Its turn has come. `leave` is to be called once, when it has its reply. */
  start(leave: () => void): void;
  /** It is not going to be answered by the chain. */
  shed(reason: ShedReason): void;
}

export interface ChainQueueOptions
  extends Partial<Pick<ChainTurnsOptions, 'schedule' | 'isBehind'>> {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Questions that may wait for their turn. Each holds its message, 4 KiB at most. */
const MAX_QUEUED = 8192;

/**
 * Time a question may wait for its turn, ms. `forward` gives up 1.45 s after it came, so that later there would be none
 * left to ask anybody; and most resolvers ask again after 1 s to 5 s, with a question that is newer.
 */
const MAX_AGE_MS = 1000;

/**
 * Questions that may wait inside the chain at once. Each holds about 2 KiB; what comes beyond is answered
 * SERVFAIL, so that a dead upstream never costs more than some memory.
 */
const MAX_IN_CHAIN = 10_000;

/** Questions too old that are dropped in one step, 1 µs each: more than a look at a socket brings. */
const SHED_A_STEP = 64;

/**
 * Where questions wait that prepared bytes do not answer: one queue for all sockets and server blocks, over all reloads.
 * Sockets are read first, and cluster names answered; the chain gets its share of the time (`ChainTurns`), and
 * its clients share that (`FairQueue`).
 */
export class ChainQueue {
  readonly #now: () => number;
  readonly #queue = new FairQueue<ChainQuestion>(MAX_QUEUED);
  readonly #inChain = new FairSlots(MAX_IN_CHAIN);
  readonly #turns: ChainTurns;
  readonly #waited: Histogram;
  readonly #shed: Readonly<Record<ShedReason, Counter>>;

  constructor({ clock, metrics, schedule, isBehind }: ChainQueueOptions) {
    this.#now = () => clock.now();
    const spent = metrics.counter('svcdns_chain_seconds_total');
    this.#turns = new ChainTurns(
      { size: () => this.#queue.size, step: () => this.#step() },
      {
        now: this.#now,
        schedule: schedule ?? setImmediate,
        isBehind: isBehind ?? (() => false),
        took: (ms) => spent.add(ms / 1000),
      },
    );
    this.#waited = metrics.histogram('svcdns_chain_queue_seconds');
    const shed = (reason: ShedReason) => metrics.counter('svcdns_queries_shed_total', { reason });
    this.#shed = {
      queue_age: shed('queue_age'),
      queue_full: shed('queue_full'),
      in_chain: shed('in_chain'),
    };
    metrics.read('svcdns_chain_queue_length', () => this.#queue.size);
    metrics.read('svcdns_chain_in_flight', () => this.#inChain.taken);
  }
  /** Takes a question, whose turn comes later, or never: it may be shed at once. */
  push(question: ChainQuestion): void {
    const out = this.#queue.push(question);
    if (out !== undefined) this.#turnAway(out, 'queue_full');
    this.#turns.wake();
  }

  #step(): void {
    const now = this.#now();
    const tooOld = now - MAX_AGE_MS;
    for (let i = 0; i < SHED_A_STEP; i++) {
      const old = this.#queue.takeBefore(tooOld);
      if (old === undefined) break;
      this.#turnAway(old, 'queue_age');
    }
    const question = this.#queue.take();
    if (question === undefined) return;
    const { client, receivedAt } = question;
    if (receivedAt < tooOld) this.#turnAway(question, 'queue_age');
    else if (!this.#inChain.hasRoomFor(client)) this.#turnAway(question, 'in_chain');
    else {
      this.#waited.observe((now - receivedAt) / 1000);
      this.#inChain.take(client);
      question.start(() => this.#inChain.giveBack(client));
    }
  }

  #turnAway(question: ChainQuestion, reason: ShedReason): void {
    this.#shed[reason].add(1);
    question.shed(reason);
  }
}
