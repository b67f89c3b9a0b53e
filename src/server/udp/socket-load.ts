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
}

/**
 * Datagrams that libuv reads from one socket before it looks at others (`uv__udp_recvmsg`): then
 * there may be more.
 */
export const DGRAM_TURN = 32;

/**
 * Time in which no look has emptied the sockets until some are dropped, ms. A burst of 3,000 is
 * read and answered by then.
 */
const BEHIND_MS = 50;

/**
 * Longest time between two looks that counts, ms. A turn of datagrams and the plugins' share take
 * less; what goes beyond is time without CPU, in which nobody could have emptied the sockets.
 */
const LONGEST_TURN_MS = 5;

/** What a short datagram takes of a receive buffer in Linux, bytes. */
const DATAGRAM_BYTES = 768;

/**
 * Datagrams that may have waited for a stall to end: of two seconds, at 2,000 a second. More would
 * keep a flood from being shared out for a second, where each costs 50 µs.
 */
const STALLED_DATAGRAMS = 4096;

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
  /** Datagrams that the receive buffer of each open socket has room for. */
  readonly #rooms: number[] = [];
  /** `#total` when a look last emptied the sockets. */
  #emptiedAt = 0;
  /** Time in which no look has emptied the sockets, ms; undefined when the last one has. */
  #fullMs: number | undefined;
  /** The last full turn. */
  #fullAt = 0;
  #isBehind = false;
  #share: FairShare | undefined;

  constructor({ now, metrics, sheds, schedule, fullTurn }: SocketLoadOptions) {
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

  /** A socket with so many bytes of receive buffer is open. */
  opened(bytes: number): void {
    this.#rooms.push(bytes / DATAGRAM_BYTES);
  }

  /** One with so many is closed. */
  closed(bytes: number): void {
    const at = this.#rooms.indexOf(bytes / DATAGRAM_BYTES);
    if (at >= 0) this.#rooms.splice(at, 1);
  }

  /** A datagram has come from this client, at this time, ms. Whether to answer it. */
  takes(client: Pick<SocketAddress, 'address'>, now: number): boolean {
    this.#total++;
    const isTime = this.#isBehind || this.#total - this.#looked >= this.#lookEvery;
    if (isTime && !this.#isScheduled) {
      this.#isScheduled = true;
      this.#schedule(this.#look);
    }
    if (!this.#isBehind) return true;
    this.#share ??= new FairShare();
    if (this.#share.takes(client.address, now)) return true;
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
      this.#emptiedAt = this.#total;
      this.#fullMs = undefined;
      this.#share?.emptied();
      if (now - this.#fullAt >= CALM_MS) this.#share = undefined;
      return;
    }
    this.#fullTurns.add(1);
    const turnMs = Math.min(now - this.#fullAt, LONGEST_TURN_MS);
    this.#fullMs = this.#fullMs === undefined ? 0 : this.#fullMs + turnMs;
    this.#fullAt = now;
    this.#isBehind = this.#fullMs >= BEHIND_MS && this.#isMoreThanWaited();
  };

  /**
   * After a stall much has waited in the buffers, however little comes, and before we started they
   * may have filled: reading that much is no sign of more than can be answered. It is that of the
   * largest socket alone, or a flood at one of many addresses would have the room of all. Once
   * something had to be dropped, time alone says when it has to be again.
   */
  #isMoreThanWaited(): boolean {
    if (this.#share !== undefined) return true;
    const isStart = this.#emptiedAt === 0;
    const room = Math.max(0, ...this.#rooms);
    const waited = isStart ? room : Math.min(room, STALLED_DATAGRAMS);
    return this.#total - this.#emptiedAt >= waited;
  }
}
