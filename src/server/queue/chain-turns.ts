/** What is done in turns, one piece at a time. */
export interface PieceWork {
  /** Pieces that wait. */
  readonly size: () => number;
  /** Does the next one. Must not throw. */
  step(): void;
}

export interface ChainTurnsOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /**
   * Runs a function behind the next look at the sockets: `setImmediate`. What is scheduled while
   * such functions run comes behind the look after that, and each runs with all ticks and promises
   * of the one before it done.
   */
  readonly schedule: (run: () => void) => void;
  /** Datagrams that have come to the sockets so far. */
  readonly arrived: () => number;
  /** Datagrams that the sockets are read for in one turn: then there may be more. */
  readonly fullTurn: number;
  /** Called with the time that a turn took, ms. */
  readonly took: (ms: number) => void;
}

/**
 * The chain's share of a turn while the sockets are empty, ms: as long as that a question for the
 * cluster's names may find us busy.
 */
const SHARE_MS = 4;

/**
 * The same while the last look has not emptied the sockets, ms: half of what it takes to read a
 * turn's datagrams and to answer them. It is one question that is forwarded, or ten from the cache.
 */
const SHARE_BEHIND_MS = 0.25;

/** Pieces in one turn; a question from the cache takes 20 µs, one that is forwarded 200. */
const MAX_STEPS = 64;

/**
 * Shares the thread between the sockets, which come first, and the chain. Between two looks at the
 * sockets the chain has a turn: pieces of work until its share of the time is over, and at least
 * one.
 */
export class ChainTurns {
  readonly #work: PieceWork;
  readonly #options: ChainTurnsOptions;
  /** Steps behind the next look at the sockets. */
  #scheduled = 0;
  /** Steps of this turn that have not been called yet. */
  #due = 0;
  #beganAt = 0;
  /** Datagrams at the last turn. */
  #arrived = 0;
  #shareMs = SHARE_MS;

  constructor(work: PieceWork, options: ChainTurnsOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** There is one more piece of work. */
  wake(): void {
    if (this.#scheduled >= MAX_STEPS) return;
    this.#scheduled++;
    this.#options.schedule(this.#step);
  }

  readonly #step = (): void => {
    const now = this.#options.now();
    const isFirst = this.#due === 0;
    if (isFirst) this.#begin(now);
    this.#due--;
    if (isFirst || now - this.#beganAt < this.#shareMs) this.#work.step();
    if (this.#due > 0) return;
    this.#options.took(this.#options.now() - this.#beganAt);
    while (this.#scheduled < Math.min(MAX_STEPS, this.#work.size())) this.wake();
  };

  #begin(now: number): void {
    this.#due = this.#scheduled;
    this.#scheduled = 0;
    this.#beganAt = now;
    const arrived = this.#options.arrived();
    this.#shareMs = arrived - this.#arrived >= this.#options.fullTurn ? SHARE_BEHIND_MS : SHARE_MS;
    this.#arrived = arrived;
  }
}
