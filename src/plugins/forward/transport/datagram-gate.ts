import type { Counter } from '../../../observe/metrics.ts';

/** Shows how many sockets there are: gauges. */
export interface DatagramGauges {
  readonly asking: Counter;
  readonly kept: Counter;
}

/**
 * Bounds how many UDP sockets are open at a time, of all upstreams: each is a file descriptor and a
 * port.
 */
export class DatagramGate {
  readonly #mostAsking: number;
  readonly #mostKept: number;
  readonly #gauges: DatagramGauges;
  #asking = 0;
  #kept = 0;

  /** So many with a query under way, and so many more that are kept for the next ones. */
  constructor(mostAsking: number, mostKept: number, gauges: DatagramGauges) {
    this.#mostAsking = mostAsking;
    this.#mostKept = mostKept;
    this.#gauges = gauges;
  }

  /** Takes a place for a query, until `asked`; false when there is none. */
  ask(): boolean {
    if (this.#asking >= this.#mostAsking) return false;
    this.#asking++;
    this.#gauges.asking.add(1);
    return true;
  }

  asked(): void {
    this.#asking--;
    this.#gauges.asking.add(-1);
  }

  /** Takes a place for a socket without a query, until `letGo`; false when there is none. */
  keep(): boolean {
    if (this.#kept >= this.#mostKept) return false;
    this.#kept++;
    this.#gauges.kept.add(1);
    return true;
  }

  letGo(): void {
    this.#kept--;
    this.#gauges.kept.add(-1);
  }
}
