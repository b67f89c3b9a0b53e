import type { ObjectsAnswer, ObjectsQuestion } from '../../explain/objects-question.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { HistoryQuestion } from '../history/change-recorder.ts';
import type { BrowseQuestion } from '../listing/browse.ts';
import type { PageRequest, SentPage } from '../listing/pages.ts';
import type { FromControl, ToControl } from './protocol.ts';

/** Questions under way to one thread; more are refused. */
const MAX_WAITING = 8;

/** A control thread that is reading a large file answers late; ms. */
const PATIENCE_MS = 5000;

interface Waiting<Answer> {
  readonly resolve: (answer: Answer | undefined) => void;
  readonly timer: Timer;
}

/** Questions of one kind that another thread has not answered yet. */
export class OpenQuestions<Answer, Message = ToControl> {
  readonly #clock: Clock;
  readonly #send: (message: Message) => boolean;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #lastId = 0;

  /** `send` returns false when there is nobody to ask. */
  constructor(clock: Clock, send: (message: Message) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  /**
   * Asks with the message that `question` makes. Undefined when no answer comes in time, there is
   * nobody to ask, or too many answers are waited for.
   */
  ask(question: (id: number) => Message): Promise<Answer | undefined> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.take(id, undefined), PATIENCE_MS);
      this.#waiting.set(id, { resolve, timer });
      if (!this.#send(question(id))) this.take(id, undefined);
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

/** What a control thread is asked, and has not answered. */
export class ThreadQuestions {
  readonly #pages: OpenQuestions<SentPage>;
  readonly #explanations: OpenQuestions<ObjectsAnswer>;
  /** The answers are JSON. */
  readonly #histories: OpenQuestions<string>;
  readonly #memories: OpenQuestions<string>;
  readonly #browsed: OpenQuestions<string>;

  /** `send` returns false when there is no thread to ask. */
  constructor(clock: Clock, send: (message: ToControl) => boolean) {
    this.#pages = new OpenQuestions(clock, send);
    this.#explanations = new OpenQuestions(clock, send);
    this.#histories = new OpenQuestions(clock, send);
    this.#memories = new OpenQuestions(clock, send);
    this.#browsed = new OpenQuestions(clock, send);
  }

  /** A part of a table of objects; undefined when the thread does not send it in time. */
  page(request: PageRequest): Promise<SentPage | undefined> {
    return this.#pages.ask((id) => ({ kind: 'page', id, request }));
  }

  /** What the page shows of the objects, as JSON; undefined when it does not come in time. */
  browse(question: BrowseQuestion): Promise<string | undefined> {
    return this.#browsed.ask((id) => ({ kind: 'browse', id, question }));
  }

  /** What the objects say to a question; undefined when the thread does not answer in time. */
  explain(question: ObjectsQuestion): Promise<ObjectsAnswer | undefined> {
    return this.#explanations.ask((id) => ({ kind: 'explain', id, question }));
  }

  /** Which records have changed, as JSON; undefined when the thread does not answer in time. */
  history(question: HistoryQuestion): Promise<string | undefined> {
    return this.#histories.ask((id) => ({ kind: 'history', id, question }));
  }

  /** All changes that are remembered, as JSON; undefined when they do not come in time. */
  remembered(): Promise<string | undefined> {
    return this.#memories.ask((id) => ({ kind: 'remembered', id }));
  }

  /** Whether the message was an answer. */
  take(message: FromControl): boolean {
    switch (message.kind) {
      case 'page':
        this.#pages.take(message.id, message);
        return true;
      case 'browsed':
        this.#browsed.take(message.id, message.text);
        return true;
      case 'explained':
        this.#explanations.take(message.id, message.answer);
        return true;
      case 'history':
        this.#histories.take(message.id, message.text);
        return true;
      case 'memory':
        this.#memories.take(message.id, message.text);
        return true;
      default:
        return false;
    }
  }

  /** There is no thread to answer. */
  giveUp(): void {
    const texts = [this.#histories, this.#memories, this.#browsed];
    for (const kind of [this.#pages, this.#explanations, ...texts]) kind.giveUp();
  }
}
