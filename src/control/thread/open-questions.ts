import type { ObjectsAnswer } from '../../explain/objects-question.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { SentPage } from '../listing/pages.ts';

/** Questions under way to one control thread; more are refused. */
const MAX_WAITING = 8;

/** A control thread that is reading a large file answers late; ms. */
const PATIENCE_MS = 5000;

interface Waiting<Answer> {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly timer: Timer;
}

/** Questions of one kind that a control thread has not answered yet. */
export class OpenQuestions<Answer> {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks by `send`. Undefined when no answer comes in time, or too many are waited for. */
  ask(send: (id: number) => void): Promise<Answer | undefined> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.take(id, undefined), PATIENCE_MS);
      this.#waiting.set(id, { resolve, timer });
      send(id);
    });
  }

  take(id: number, answer: Answer | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.timer.cancel();
    waiting?.resolve(answer);
  }

  /** The thread that was asked is gone. */
  giveUp(): void {
    for (const id of [...this.#waiting.keys()]) this.take(id, undefined);
  }
}

/** What a control thread has been asked and has not answered. */
export class ThreadQuestions {
  readonly pages: OpenQuestions<SentPage>;
  readonly explanations: OpenQuestions<ObjectsAnswer>;
  /** The answers are JSON. */
  readonly histories: OpenQuestions<string>;
  readonly browsed: OpenQuestions<string>;

  constructor(clock: Clock) {
    this.pages = new OpenQuestions(clock);
    this.explanations = new OpenQuestions(clock);
    this.histories = new OpenQuestions(clock);
    this.browsed = new OpenQuestions(clock);
  }

  /** There is no thread to answer. */
  giveUp(): void {
    const all = [this.pages, this.explanations, this.histories, this.browsed];
    for (const kind of all) kind.giveUp();
  }
}
