import type { Clock, Timer } from '../../../support/clock.ts';
import { LinkedList } from '../../../support/linked-list.ts';
import type { Outcome } from './outcome.ts';

/** Called once with what became of the question. */
export type Waiter = (outcome: Outcome) => void;

interface Waiting {
  readonly report: Waiter;
  timer: Timer | undefined;
  /** It has been told. */
  isOver: boolean;
}

/**
 * All who wait for one question's answer. A client waits for its time and is then told that there
 * is nothing yet; a patient one, a cache, waits to the end.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #timeIsUp: (isAlone: boolean) => Outcome | undefined;
  readonly #waiting = new LinkedList<Waiting>();
  #clients = 0;

  /**
   * `timeIsUp` gives what a client whose time is up is told, or undefined when it has been told by
   * then; `isAlone`: no other client waits.
   */
  constructor(clock: Clock, timeIsUp: (isAlone: boolean) => Outcome | undefined) {
    this.#clock = clock;
    this.#timeIsUp = timeIsUp;
  }

  /** `ms`: how long it waits, or, when patient, how long the question counts as a client's. */
  add(report: Waiter, ms: number, isPatient: boolean): void {
    const waiting: Waiting = { report, timer: undefined, isOver: false };
    const node = this.#waiting.push(waiting);
    if (ms <= 0) return;
    this.#clients++;
    waiting.timer = this.#clock.setTimeout(() => {
      waiting.timer = undefined;
      this.#clients--;
      const outcome = this.#timeIsUp(this.#clients === 0);
      if (isPatient || outcome === undefined || waiting.isOver) return;
      waiting.isOver = true;
      this.#waiting.remove(node);
      report(outcome);
    }, ms);
  }

  /** The end: reports to all who are left. */
  finish(outcome: Outcome): void {
    const { first } = this.#waiting;
    for (let node = first; node !== undefined; node = node.next) {
      node.value.isOver = true;
      node.value.timer?.cancel();
    }
    for (let node = first; node !== undefined; node = node.next) node.value.report(outcome);
  }
}
