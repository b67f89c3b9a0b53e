import type { Clock, Timer } from '../../support/clock.ts';
import type { Noted, Recorded } from './change-recorder.ts';

/** Names of a change whose records are made out at once. */
const FEW = 50;

/**
 * To make out more takes longer than to take the change: as long as that the next one would wait,
 * where changes never pause. So it is done when none has come for this long, ms.
 */
const PAUSE_MS = 100;

/** What a change came to, once that is told. */
export interface Told extends Recorded {
  /** About its objects. */
  readonly lines: readonly string[];
}

interface Waiting {
  readonly lines: readonly string[];
  readonly noted: Noted;
  readonly timer: Timer;
}

/**
 * Says of changes of manifests, once they are published, what they did to objects, and which
 * records come and go: of one after the other, in their order.
 */
export class ChangeTeller {
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #onTold: (told: Told) => void;
  #waiting: Waiting | undefined;

  /** `log` takes the lines about objects; a `Noted` logs its records itself. */
  constructor(clock: Clock, log: (line: string) => void, onTold: (told: Told) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onTold = onTold;
  }

  /**
   * A change is published. Of the one before, if it waits, only its names are told; its records,
   * where this one has no names.
   */
  tell(lines: readonly string[], noted: Noted | undefined): void {
    if (noted === undefined) {
      if (lines.length === 0) return;
      this.settle();
      this.#say(lines);
      this.#onTold({ lines, ...NO_RECORDS });
      return;
    }
    const before = this.#take();
    if (before !== undefined) this.#told(before.lines, before.noted.passOver());
    this.#say(lines);
    if (noted.names <= FEW) this.#told(lines, noted.makeOut());
    else {
      const timer = this.#clock.setTimeout(() => this.settle(), PAUSE_MS);
      this.#waiting = { lines, noted, timer };
    }
  }

  /** Makes out now what waits. Objects have to be as they were after that change. */
  settle(): void {
    const waiting = this.#take();
    if (waiting !== undefined) this.#told(waiting.lines, waiting.noted.makeOut());
  }

  #say(lines: readonly string[]): void {
    for (const line of lines) this.#log(line);
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    waiting?.timer.cancel();
    this.#waiting = undefined;
    return waiting;
  }

  #told(lines: readonly string[], recorded: Recorded | undefined): void {
    if (recorded === undefined && lines.length === 0) return;
    this.#onTold({ lines, ...(recorded ?? NO_RECORDS) });
  }
}

const NO_RECORDS: Recorded = { records: [], left: { records: 0, names: 0 } };
