import type { Clock } from '../../support/clock.ts';

/** While something is wrong, a line in this time, ms. */
const LINE_MS = 60_000;

/** Messages of one line. */
const MAX_SHOWN = 3;

/**
 * Says in the log what keeps a server from being followed: at once when it is news, then once a
 * minute with the age of what is known, and when it is over.
 */
export class MinuteReport {
  readonly #place: string;
  readonly #clock: Clock;
  readonly #log: (text: string) => void;
  /** By resource. */
  readonly #troubles = new Map<string, string>();
  #since = 0;
  #loggedAt = 0;

  /** `place` is how the server is called. */
  constructor(place: string, clock: Clock, log: (text: string) => void) {
    this.#place = place;
    this.#clock = clock;
    this.#log = log;
  }

  /** What is wrong now, each text once. */
  get messages(): string[] {
    return [...new Set(this.#troubles.values())];
  }

  begin(resource: string, message: string): void {
    const isFirst = this.#troubles.size === 0;
    this.#troubles.set(resource, message);
    if (!isFirst) return;
    this.#since = this.#clock.now();
    this.#loggedAt = this.#since;
    this.#log(`${this.#place}: ${message}; trying again`);
  }

  end(resource: string): void {
    if (!this.#troubles.delete(resource) || this.#troubles.size > 0) return;
    const seconds = Math.round((this.#clock.now() - this.#since) / 1000);
    this.#log(`${this.#place}: followed again after ${seconds} s`);
  }

  /**
   * To be called about once a second; `ageMs` is how old that is which is known, undefined when
   * nothing is.
   */
  look(ageMs: number | undefined): void {
    const now = this.#clock.now();
    if (this.#troubles.size === 0 || now - this.#loggedAt < LINE_MS) return;
    this.#loggedAt = now;
    const messages = this.messages;
    const more = messages.length > MAX_SHOWN ? ` and ${messages.length - MAX_SHOWN} more` : '';
    const shown = messages.slice(0, MAX_SHOWN).join('; ') + more;
    const known =
      ageMs === undefined
        ? 'not read whole yet'
        : `answering from what was known ${Math.round(ageMs / 1000)} s ago`;
    this.#log(`${this.#place}: ${known}: ${shown}`);
  }
}
