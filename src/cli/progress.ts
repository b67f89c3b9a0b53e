import type { CommandIo } from './command.ts';

/** How often the line changes, ms. */
const EVERY_MS = 200;

/** Back to the start of the line, and nothing to the right of it (ECMA-48 EL). */
const CLEAR_LINE = '\r\u001b[K';

/** A line on a terminal that says how far something is, and is gone at the end. */
export class Progress {
  readonly #io: Pick<CommandIo, 'stderr' | 'showsProgress' | 'clock'>;
  readonly #beginsAt: number;
  #shownAt: number | undefined;

  /** `afterMs`: what is done sooner shows nothing. */
  constructor(io: Pick<CommandIo, 'stderr' | 'showsProgress' | 'clock'>, afterMs = 0) {
    this.#io = io;
    this.#beginsAt = io.clock.now() + afterMs;
  }

  show(text: () => string): void {
    const { showsProgress, clock } = this.#io;
    if (!showsProgress) return;
    const now = clock.now();
    if (now < this.#beginsAt) return;
    if (this.#shownAt !== undefined && now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    this.#io.stderr(`${CLEAR_LINE}${text()}`);
  }

  end(): void {
    if (this.#shownAt !== undefined) this.#io.stderr(CLEAR_LINE);
  }
}
