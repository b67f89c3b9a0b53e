import { UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';

/** Of so many replies in this time each one is looked at, ms: of 1,000 a second. */
const WINDOW_REPLIES = 100;
const WINDOW_MS = 100;

/** Of more than that, one in this many. */
const ONE_IN = 16;

/** Once the kernel has refused one, all are looked at for this long, ms. */
const AFTER_REFUSAL_MS = 60_000;

/**
 * After which sends Node.js is asked what became of them. It says so through a callback alone, and
 * to call back costs a tenth of a query: so of many replies only some are looked at, until one of
 * those is refused. What the kernel refuses it refuses to a client or a network over and over.
 */
export class SendSample {
  #began = Number.NEGATIVE_INFINITY;
  #left = 0;
  #passed = 0;
  #allUntil = Number.NEGATIVE_INFINITY;

  /** Whether to ask about a reply of so many bytes that is sent now, ms. */
  takes(bytes: number, now: number): boolean {
    if (now - this.#began >= WINDOW_MS) {
      this.#began = now;
      this.#left = WINDOW_REPLIES;
    }
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    if (++this.#passed % ONE_IN === 0) return true;
    // A larger one may be too large for the path to the client.
    return bytes > UDP_PAYLOAD_BYTES || now < this.#allUntil;
  }

  /** The kernel has refused one. */
  refused(now: number): void {
    this.#allUntil = now + AFTER_REFUSAL_MS;
  }
}
