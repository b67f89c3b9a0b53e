import type { SocketAddress } from '../../dns/query.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import type { Sheds } from '../queue/sheds.ts';
import { FairShare } from './fair-share.ts';

export interface SocketLoadOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly metrics: Metrics;
  readonly sheds: Pick<Sheds, 'add'>;
  /** Runs a function behind the next look at the sockets: `setImmediate`. */
  readonly schedule?: (run: () => void) => void;
  /** Datagrams read at one look at a socket; those of `dgram` unless another transport reads. */
  readonly fullTurn?: number;
  /** Queries have waited in sockets that were handed over. */
  readonly hasBacklog?: boolean;
}

/**
 * Datagrams that libuv reads from one socket before it looks at others (`uv__udp_recvmsg`): then
 * there may be more.
 */
export const DGRAM_TURN = 32;

/**
 * Time in which no look has emptied the sockets until some are dropped, ms. A burst of 3,000 is
 * read and answered by then, and no query has waited for longer.
 */
const BEHIND_MS = 50;

/**
 * Datagrams that may have waited in the kernel while we started: a receive buffer of 48 MiB has no
 * more. That so many are read at once is no sign of more than can be answered.
 */
const BACKLOG = 65_536;

/** Time without a full turn after which it is forgotten how much had to be dropped, ms. */
const CALM_MS = 1000;

/**
 * Watches whether the UDP sockets are emptied at each look, and drops the surplus of the busiest
 * clients while they are not: reading a datagram costs a third of answering it. Costs next to
 * nothing while all goes well.
 */
export class SocketLoad {
  readonly #now: () => number;
  readonly #schedule: (run: () => void) => void;
  readonly #sheds: Pick<Sheds, 'add'>;
  readonly #fullTurns: Counter;
  readonly #fullTurn: number;
  /**
   * Datagrams until it is found out whether they came in one turn; finding out costs half as much
   * as reading one. While some are dropped it is found out in each turn: nobody must lose anything
   * once the flood is over.
   */
  readonly #lookEvery: number;
  #total = 0;
  /** `#total` at the last look. */
  #looked = 0;
  #isScheduled = false;
  /** `#total` until which nothing is dropped, unless the sockets are emptied before. */
  #backlog: number;
  /** Since when no look has emptied the sockets. */
  #fullSince: number | undefined;
  #fullAt = 0;
  #isBehind = false;
  #share: FairShare | undefined;

  constructor({ now, metrics, sheds, schedule, fullTurn, hasBacklog }: SocketLoadOptions) {
    this.#backlog = hasBacklog === true ? BACKLOG : 0;
    this.#fullTurn = fullTurn ?? DGRAM_TURN;
    this.#lookEvery = this.#fullTurn / 2;
    this.#now = now;
    this.#schedule = schedule ?? setImmediate;
    this.#sheds = sheds;
    this.#fullTurns = metrics.counter('svcdns_udp_full_turns_total');
  }

  /** Datagrams that have come. */
  get total(): number {
    return this.#total;
  }

  /** A datagram has come from this client. Whether to answer it. */
  takes(client: Pick<SocketAddress, 'address'>): boolean {
    this.#total++;
    const isTime = this.#isBehind || this.#total - this.#looked >= this.#lookEvery;
    if (isTime && !this.#isScheduled) {
      this.#isScheduled = true;
      this.#schedule(this.#look);
    }
    if (!this.#isBehind) return true;
    this.#share ??= new FairShare();
    if (this.#share.takes(client.address, this.#now())) return true;
    this.#sheds.add('fair_share');
    return false;
  }

  readonly #look = (): void => {
    const now = this.#now();
    this.#isScheduled = false;
    const isFull = this.#total - this.#looked >= this.#fullTurn;
    this.#looked = this.#total;
    if (!isFull) {
      this.#isBehind = false;
      this.#backlog = 0;
      this.#fullSince = undefined;
      this.#share?.emptied();
      if (now - this.#fullAt >= CALM_MS) this.#share = undefined;
      return;
    }
    this.#fullTurns.add(1);
    this.#fullAt = now;
    this.#fullSince ??= now;
    this.#isBehind = now - this.#fullSince >= BEHIND_MS && this.#total >= this.#backlog;
  };
}
