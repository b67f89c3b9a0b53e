import type { Clock, Timer } from '../../support/clock.ts';

/** A page as the control thread sends it. */
export interface SentPage {
  /** A `Page` as JSON, so that the resolver's thread has only one text to take. */
  readonly text: string;
  readonly next: string;
}

/** Questions under way to one control thread; more are refused. */
const MAX_WAITING = 8;

/** A control thread that is reading a large file answers late; ms. */
const PATIENCE_MS = 5000;

interface Waiting {
  readonly resolve: (page: SentPage | undefined) => void;
  readonly timer: Timer;
}

/** Pages that a control thread was asked for and has not sent yet. */
export class PageQuestions {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks by `send`. Undefined when no page comes in time, or too many are waited for. */
  ask(send: (id: number) => void): Promise<SentPage | undefined> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.take(id, undefined), PATIENCE_MS);
      this.#waiting.set(id, { resolve, timer });
      send(id);
    });
  }

  take(id: number, page: SentPage | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.timer.cancel();
    waiting?.resolve(page);
  }

  /** The thread that was asked is gone. */
  giveUp(): void {
    for (const id of [...this.#waiting.keys()]) this.take(id, undefined);
  }
}
