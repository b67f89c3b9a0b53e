import type { Counter, Histogram, Metrics } from '../../observe/metrics.ts';
import { AwakeTime } from '../../support/awake-time.ts';
import type { Clock } from '../../support/clock.ts';
import { LinkedList } from '../../support/linked-list.ts';
import type { NewSpace } from '../../support/new-space.ts';
import { FairSlots } from '../../support/slots.ts';
import { DGRAM_TURN } from '../udp/socket-load.ts';
import { ChainTurns, type ChainTurnsOptions } from './chain-turns.ts';
import { FairQueue, type Queued } from './fair-queue.ts';
import type { ShedReason, Sheds } from './sheds.ts';

/** A question for the chain. Nothing here throws. */
export interface ChainQuestion extends Queued {
  /** Set by the queue, which has a time of its own (`AwakeTime`). */
  receivedAt: number;
  /**
   * Its turn has come, after so many ms that this process was awake. `leave` is to be called once,
   * when it has its reply.
   */
  start(waitedMs: number, leave: () => void): void;
  /**
   * The same before its turn, where that costs little. False when it has to wait: then nothing has
   * happened.
   */
  startAtOnce?(leave: () => void): boolean;
  /** It is not going to be answered by the chain. */
  shed(reason: ShedReason): void;
}

export interface ChainQueueOptions
  extends Partial<Pick<ChainTurnsOptions, 'schedule' | 'arrived' | 'fullTurn'>> {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly sheds: Sheds;
  /** Told how many questions are inside the chain. */
  readonly newSpace?: Pick<NewSpace, 'look'> | undefined;
  /** How old questions are; `AwakeTime` unless a test says otherwise. */
  readonly age?: Pick<AwakeTime, 'now'>;
}

/** Questions that may wait for their turn. Each holds its message, 4 KiB at most. */
const MAX_QUEUED = 8192;

/**
 * Time a question may wait for its turn, ms. `forward` gives up 1.45 s after it came, so later no
 * time would be left to ask an upstream; and most resolvers ask again after 1 s to 5 s, with a
 * newer question.
 */
const MAX_AGE_MS = 1000;

/**
 * Time after which a client's oldest question is no longer its first, ms. Up to here all it has
 * waiting can still be done in time; many that stand behind one address and each wait for an answer
 * before they ask again stay below.
 */
const LATE_MS = MAX_AGE_MS / 2;

/**
 * Questions that may wait inside the chain at once. Each holds about 2 KiB; what comes beyond is
 * answered SERVFAIL, so that a dead upstream never costs more than some memory.
 */
const MAX_IN_CHAIN = 10_000;

/**
 * Work that may wait for a turn beside questions: replies of upstreams, a hundred bytes to 4 KiB
 * each.
 */
const MAX_LATER = 4096;

/**
 * Questions that are started before their turn between two looks at the sockets: as long as they
 * take, 0.02 to 0.5 ms each, a question for the cluster's names may find us busy.
 */
const MAX_AT_ONCE = 16;

/**
 * Questions too old that are dropped in one step, 1 µs each: more than a look at a socket brings.
 */
const SHED_A_STEP = 64;

/**
 * Where questions wait that prepared bytes do not answer: one queue for all sockets and server
 * blocks, over all reloads. Sockets are read first, and cluster names answered; the chain gets its
 * share of the time (`ChainTurns`), and its clients share that (`FairQueue`).
 */
export class ChainQueue {
  readonly #age: Pick<AwakeTime, 'now'>;
  readonly #queue = new FairQueue<ChainQuestion>(MAX_QUEUED);
  readonly #inChain = new FairSlots(MAX_IN_CHAIN);
  readonly #later = new LinkedList<() => void>();
  readonly #lost: Counter;
  readonly #schedule: (run: () => void) => void;
  /** Questions started before their turn since the last look at the sockets. */
  #atOnce = 0;
  /** The last step was for a question. */
  #wasQuestion = false;
  readonly #turns: ChainTurns;
  readonly #waited: Histogram;
  readonly #sheds: Sheds;
  readonly #newSpace: ChainQueueOptions['newSpace'];

  constructor(options: ChainQueueOptions) {
    const { clock, metrics, sheds, schedule, arrived, fullTurn, age } = options;
    this.#sheds = sheds;
    this.#newSpace = options.newSpace;
    this.#age = age ?? new AwakeTime(clock);
    this.#schedule = schedule ?? setImmediate;
    const spent = metrics.counter('svcdns_chain_seconds_total');
    this.#turns = new ChainTurns(
      { size: () => this.#queue.size + this.#later.size, step: () => this.#step() },
      {
        now: () => clock.now(),
        schedule: this.#schedule,
        arrived: arrived ?? (() => 0),
        fullTurn: fullTurn ?? DGRAM_TURN,
        took: (ms) => {
          spent.add(ms / 1000);
          sheds.chainTook(ms);
        },
      },
    );
    this.#lost = metrics.counter('svcdns_chain_replies_dropped_total');
    this.#waited = metrics.histogram('svcdns_chain_queue_seconds');
    metrics.read('svcdns_chain_queue_length', () => this.#queue.size);
    metrics.read('svcdns_chain_in_flight', () => this.#inChain.taken);
  }

  /** Takes a question, whose turn comes later, or never: it may be shed at once. */
  push(question: ChainQuestion): void {
    question.receivedAt = this.#age.now();
    if (this.#startsAtOnce(question)) return;
    const out = this.#queue.push(question);
    if (out !== undefined) this.#turnAway(out, 'queue_full');
    this.#turns.wake();
  }

  /**
   * Has work on a question under way done in the chain's turns. Must not throw. False when too much
   * waits: then it is not done.
   */
  readonly later = (work: () => void): boolean => {
    if (this.#later.size >= MAX_LATER) {
      this.#lost.add(1);
      return false;
    }
    this.#later.push(work);
    this.#turns.wake();
    return true;
  };

  /**
   * Questions and what is to be done on those under way take turns, so that neither waits for the
   * end of the other.
   */
  #step(): void {
    this.#age.now();
    const isQuestionNext = this.#later.size === 0 || (!this.#wasQuestion && this.#queue.size > 0);
    this.#wasQuestion = isQuestionNext;
    if (isQuestionNext) this.#startNext();
    else this.#later.shift()?.();
  }

  /** Only while none waits that came before, and few at a time. */
  #startsAtOnce(question: ChainQuestion): boolean {
    const { client, receivedAt } = question;
    if (this.#queue.size > 0 || this.#atOnce >= MAX_AT_ONCE) return false;
    if (!this.#inChain.hasRoomFor(client)) return false;
    const place = this.#inChain.take(client);
    const leave = () => this.#inChain.giveBack(place);
    if (question.startAtOnce?.(leave) !== true) {
      leave();
      return false;
    }
    if (this.#atOnce++ === 0) {
      this.#schedule(() => {
        this.#atOnce = 0;
      });
    }
    this.#waited.observe(0);
    this.#newSpace?.look(this.#inChain.taken, receivedAt);
    return true;
  }

  #startNext(): void {
    const now = this.#age.now();
    const tooOld = now - MAX_AGE_MS;
    this.#newSpace?.look(this.#inChain.taken, now);
    for (let i = 0; i < SHED_A_STEP; i++) {
      const old = this.#queue.takeBefore(tooOld);
      if (old === undefined) break;
      this.#turnAway(old, 'queue_age');
    }
    const question = this.#queue.take(now - LATE_MS);
    if (question === undefined) return;
    const { client, receivedAt } = question;
    if (receivedAt < tooOld) this.#turnAway(question, 'queue_age');
    else if (!this.#inChain.hasRoomFor(client)) this.#turnAway(question, 'in_chain');
    else {
      const waitedMs = now - receivedAt;
      this.#waited.observe(waitedMs / 1000);
      const place = this.#inChain.take(client);
      question.start(waitedMs, () => this.#inChain.giveBack(place));
    }
  }

  #turnAway(question: ChainQuestion, reason: ShedReason): void {
    this.#sheds.add(reason);
    question.shed(reason);
  }
}
