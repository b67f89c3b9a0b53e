import type { Clock, Timer } from '../../../support/clock.ts';
import type { Landing } from './exchange.ts';
import type { SpelledReply } from './spelled-reply.ts';

/** Told once what became of the question. */
export type Waiter = (landing: Landing, spelled?: SpelledReply) => void;

interface Waiting {
  readonly tell: Waiter;
  timer: Timer | undefined;
}

/**
 * Everybody who waits for one question's answer. A client waits for its time and is then told that
 * there is nothing yet; a patient one, a cache, waits to the end.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #timeIsUp: (isAlone: boolean) => Landing | undefined;
  readonly #waiting = new Set<Waiting>();
  #attending = 0;

  /**
   * `timeIsUp` gives what a client whose time is up is told, or undefined when it has been told by
   * then; `isAlone`: no other client waits.
   */
  constructor(clock: Clock, timeIsUp: (isAlone: boolean) => Landing | undefined) {
    this.#clock = clock;
    this.#timeIsUp = timeIsUp;
  }

  /**
   * `ms`: how long it waits, or, when it is patient, how long the question counts as one of a
   * client.
   */
  add(tell: Waiter, ms: number, isPatient: boolean): void {
    const waiting: Waiting = { tell, timer: undefined };
    this.#waiting.add(waiting);
    if (ms <= 0) return;
    this.#attending++;
    waiting.timer = this.#clock.setTimeout(() => {
      waiting.timer = undefined;
      this.#attending--;
      const landing = this.#timeIsUp(this.#attending === 0);
      if (!isPatient && landing !== undefined && this.#waiting.delete(waiting)) tell(landing);
    }, ms);
  }

  /** The end: tells all who are left. */
  land(landing: Landing, spelled: SpelledReply | undefined): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { timer } of waiting) timer?.cancel();
    for (const { tell } of waiting) tell(landing, spelled);
  }
}
