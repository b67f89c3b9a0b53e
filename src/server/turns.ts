/** Whoever waits for its turn. */
export interface Waiter {
  resume(): void;
}

/**
 * TCP queries answered between two looks at the other sockets: some 0.5 ms of work. One read can
 * hold 4,000 queries, and a thousand connections can be readable at once; without turns the UDP
 * sockets would not be looked at for seconds.
 */
const QUERIES_A_TURN = 128;

/** Shares the event loop among TCP connections, so that none can keep the others, or UDP, waiting. */
export class Turns {
  readonly #perTurn: number;
  readonly #waiting = new Set<Waiter>();
  #left: number;
  #scheduled = false;

  constructor(perTurn = QUERIES_A_TURN) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Whether one more query may be answered now. If not, `resume()` is called when it may. */
  take(waiter: Waiter): boolean {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#next());
    }
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.#waiting.add(waiter);
    return false;
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  /** Runs after the sockets have been looked at. Who is cut short goes to the end of the line. */
  #next(): void {
    this.#scheduled = false;
    this.#left = this.#perTurn;
    for (const waiter of [...this.#waiting]) {
      if (this.#left === 0) break;
      this.#waiting.delete(waiter);
      waiter.resume();
    }
  }
}
