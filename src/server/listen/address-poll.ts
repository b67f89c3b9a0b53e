import type { Clock, Timer } from '../../support/clock.ts';
import type { Panics } from '../panics.ts';

/** How often the machine's addresses are compared with those bound, when all were asked for. */
const POLL_MS = 5000;

/** Looks at the machine's addresses every five seconds, except while a reload opens sockets. */
export class AddressPoll {
  readonly #look: () => Promise<void>;
  readonly #clock: Clock;
  readonly #panics: Panics;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #isHeld = false;

  constructor(look: () => Promise<void>, clock: Clock, panics: Panics) {
    this.#look = look;
    this.#clock = clock;
    this.#panics = panics;
  }

  /** A look that is under way is to end as soon as it can. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Looks no more until `goOn`; resolves when a look that is under way has ended. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Ends the hold; `isNeeded` says whether there is anything to look at. */
  goOn(isNeeded: boolean): void {
    this.#isHeld = false;
    this.#timer?.cancel();
    if (isNeeded) this.#later();
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(() => {
      // If it rejected, the polling would end, and the server could not be closed in good order.
      this.#looking = this.#panics.guard(NOT_POLLED, this.#look).then(() => {
        if (!this.#isHeld) this.#later();
      });
    }, POLL_MS);
  }
}

const NOT_POLLED = 'The addresses of this machine could not be compared with those listened on';
