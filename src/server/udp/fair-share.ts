import { clientPrefix } from '../../dns/client-prefix.ts';

/**
 * Datagrams that are counted together: of a client with a fiftieth of them that is ten, not one
 * more or less.
 */
const WINDOW = 512;

/** What part of the busiest one's datagrams every client may send at least. */
const LEAST_PART = 1 / 16;

/**
 * How fast that part falls while more comes than can be done, window by window, and rises again.
 */
const FALL = 1 / 2;
const RISE = 2;

/** A client is alone when no other has sent anything for so long, ms. */
const COMPANY_MS = 1000;

/** What every client may send in a window, however many there are. */
const LEAST_DATAGRAMS = 4;

/**
 * How many windows' datagrams a client may send in one if it has sent few before: on a busy machine
 * a polite client is stopped too, and then sends all that is due at once.
 */
const BURST_WINDOWS = 4;

/** What is left of a sum from window to window: what never changes adds up to `BURST_WINDOWS`. */
const FADE = 1 - 1 / BURST_WINDOWS;

/**
 * Says whose datagrams are answered while more come than can be. Clients are compared by what they
 * send, not by time: each may send up to a part of what the busiest one does, and that part falls
 * until the sockets are emptied again, on the average of some windows. So what is dropped is what
 * the busiest have beyond the others. A client that is alone may send all it likes.
 */
export class FairShare {
  readonly #counts = new Map<string, number>();
  /** What clients have sent before this window: fading sums, without those below 1. */
  readonly #sums = new Map<string, number>();
  #part = 1;
  #seen = 0;
  /** The most datagrams of one client in this window, and in the one before. */
  #most = 0;
  #mostBefore = Number.POSITIVE_INFINITY;
  /** A look has emptied the sockets in this window. */
  #wasEmpty = false;
  /** The client that came first, and when another one last did. */
  #first: string | undefined;
  #companyAt = Number.NEGATIVE_INFINITY;

  /** Whether one more datagram from this address is to be answered. */
  takes(address: string, now: number): boolean {
    if (this.#seen++ >= WINDOW) this.#nextWindow();
    const client = clientPrefix(address);
    this.#first ??= client;
    if (client !== this.#first) this.#companyAt = now;
    const count = (this.#counts.get(client) ?? 0) + 1;
    this.#counts.set(client, count);
    if (count > this.#most) this.#most = count;
    if (now - this.#companyAt > COMPANY_MS) return true;
    // Emptied in the last window: whoever sends more than anybody did in it may do so by chance.
    if (this.#part === 1) return true;
    const most = Math.max(LEAST_DATAGRAMS, this.#mostBefore * this.#part);
    return count <= most || count + (this.#sums.get(client) ?? 0) <= most * BURST_WINDOWS;
  }

  /** All that had come has been read. */
  emptied(): void {
    this.#wasEmpty = true;
  }

  #nextWindow(): void {
    if (this.#wasEmpty) this.#part = Math.min(1, this.#part * RISE);
    else this.#part = Math.max(LEAST_PART, this.#part * FALL);
    // What comes in the first window has come for a while.
    this.#addCounts(this.#mostBefore === Number.POSITIVE_INFINITY ? BURST_WINDOWS : 1);
    this.#mostBefore = this.#most;
    this.#most = 0;
    this.#seen = 1;
    this.#wasEmpty = false;
    this.#counts.clear();
  }

  #addCounts(times: number): void {
    for (const [client, count] of this.#counts) {
      this.#sums.set(client, (this.#sums.get(client) ?? 0) + count * times);
    }
    for (const [client, sum] of this.#sums) {
      if (sum * FADE >= 1) this.#sums.set(client, sum * FADE);
      else this.#sums.delete(client);
    }
  }
}
