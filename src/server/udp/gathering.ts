import type { RemoteInfo } from 'node:dgram';

/** What is done with a datagram. Times in ms; `seenAt` as `Query` has it. */
type Answer = (message: Buffer, client: RemoteInfo, receivedAt: number, seenAt: number) => void;

export interface GatheringOptions {
  /** Whether it is answered at all; asked as soon as it has been read. */
  readonly takes: (client: RemoteInfo, now: number) => boolean;
  readonly answer: Answer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs a function behind the next look at the sockets. */
  readonly schedule: (run: () => void) => void;
}

/** So many datagrams in so little time, ms, are many: 32,000 a second. */
const MANY = 16;
const MANY_MS = 0.5;

/** A turn with fewer is not worth waiting for its end. */
const FEW = 4;

/** More than libuv reads of one socket in a turn. */
const MOST = 64;

/** Datagrams between two looks at the clock. */
const LOOK_EVERY = 8;

/**
 * Answers datagrams as `dgram` reads them; while many come, only once all of a turn have been read.
 * To read 32 and then send 32 takes a twentieth less than to do both in turn, and the clock is
 * looked at once, not twice for each.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  readonly #messages: (Buffer | undefined)[] = new Array(MOST);
  readonly #clients: (RemoteInfo | undefined)[] = new Array(MOST);
  #count = 0;
  #isMany = false;
  #isScheduled = false;
  /** When the first of those gathered came. */
  #receivedAt = 0;
  /** Since `#lookedAt`, while few come. */
  #answered = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** Datagrams that are to be answered at the end of this turn. */
  get size(): number {
    return this.#count;
  }

  /** Takes a datagram that has just been read. */
  add(message: Buffer, client: RemoteInfo): void {
    const { takes, now } = this.#options;
    if (!this.#isMany) {
      const time = now();
      this.#countOne(time);
      if (takes(client, time)) this.#options.answer(message, client, time, 0);
      return;
    }
    if (this.#count === 0) this.#receivedAt = now();
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#options.schedule(this.#endTurn);
    }
    if (!takes(client, this.#receivedAt)) return;
    this.#messages[this.#count] = message;
    this.#clients[this.#count++] = client;
    if (this.#count === MOST) this.answerAll();
  }

  /** Answers what has been gathered. */
  answerAll(): void {
    const { answer, now } = this.#options;
    const count = this.#count;
    this.#count = 0;
    let seenAt = 0;
    for (let i = 0; i < count; i++) {
      if (i % LOOK_EVERY === 0) seenAt = now();
      const [message, client] = [this.#messages[i]!, this.#clients[i]!];
      this.#messages[i] = this.#clients[i] = undefined;
      answer(message, client, this.#receivedAt, seenAt);
    }
  }

  #countOne(time: number): void {
    if (++this.#answered < MANY) return;
    this.#isMany = time - this.#lookedAt < MANY_MS;
    this.#answered = 0;
    this.#lookedAt = time;
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    this.#isMany = this.#count >= FEW;
    this.answerAll();
  };
}
