/** One that waits for its turn. */
export interface Waiter {
  resume(): void;
}

/**
 * TCP queries answered between two looks at the other sockets: some 0.5 ms of work. One read can
 * hold 4,000 queries, and a thousand connections can be readable at once; without turns the UDP
 * sockets would not be looked at for seconds.
 */
const QUERIES_A_TURN = 128;

/**
 * Shares the event loop among TCP connections, so that none can keep the others, or UDP, waiting.
 */
export class Turns {
  readonly #perTurn: number;
  readonly #later: (task: () => void) => void;
  readonly #waiting = new Set<Waiter>();
  #left: number;
  #scheduled = false;

  /** `later`: runs a task when the sockets have been looked at; a test gives its own. */
  constructor(perTurn = QUERIES_A_TURN, later: (task: () => void) => void = setImmediate) {
    this.#perTurn = perTurn;
    this.#later = later;
    this.#left = perTurn;
  }

  /** Whether one more query may be answered now. If not, `resume()` is called when it may. */
  take(waiter: Waiter): boolean {
    if (this.#left > 0) {
      // A look for each query that comes alone would cost 1 µs.
      if (--this.#left < this.#perTurn / 2) this.#schedule();
      return true;
    }
    this.#schedule();
    this.#waiting.add(waiter);
    return false;
  }

  /** Calls `resume()` once the sockets have been looked at. */
  resumeLater(waiter: Waiter): void {
    this.#schedule();
    this.#waiting.add(waiter);
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#later(() => this.#next());
  }

  /** Runs after the sockets have been looked at. What is cut short goes to the end of the line. */
  #next(): void {
    this.#scheduled = false;
    this.#left = this.#perTurn;
    try {
      for (const waiter of [...this.#waiting]) {
        if (this.#left === 0) break;
        this.#waiting.delete(waiter);
        waiter.resume();
      }
    } finally {
      // If one threw, the others must not wait until another comes.
      if (this.#waiting.size > 0) this.#schedule();
    }
  }
}
