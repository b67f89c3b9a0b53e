import { pino } from 'pino';
import { NEWLINE } from '../support/ascii.ts';
import { atEnd } from '../support/at-end.ts';
import type { Counter } from './metrics.ts';

/** Bytes of lines kept while they cannot be written (a full disk); more is dropped. */
const MAX_WAITING_BYTES = 64 * 1024;

/** What is full is tried again after this time; ms. */
const FULL_PIPE_MS = 5;

/** How often that is done at the end of the process, before what waits is given up. */
const LAST_TRIES = 200;

const NOTHING = Buffer.alloc(0);
/** Where the lines of a log go: a file, or 1 for stdout. */
export class LogFile {
  readonly #stream: { write(lines: Buffer): unknown };
  /** How often lines could not be written so far. */
  #failures = 0;
  /** The last lines had to wait. */
  #isBehind = false;
  #isWaiting = false;
  #isEndWatched = false;

  /** `dropped` counts lines that could not be written. */
  constructor(to: string | number, dropped?: Counter) {
    const stream = pino.destination({
      dest: to,
      sync: true,
      maxLength: MAX_WAITING_BYTES,
      // Lines are bytes already: as text each would be copied three times more.
      contentMode: 'buffer',
      // Else it waits 100 ms, and the process with it, whenever a pipe is full.
      retryEAGAIN: () => false,
    });
    // pino's own listener stops all writing at the first EPIPE: lines would be lost uncounted, and
    // a reader of a named pipe that comes back would find none.
    stream.removeAllListeners('error');
    // Its types know of text only.
    this.#stream = stream as unknown as { write(lines: Buffer): unknown };
    // Without a listener the first ENOSPC would be an uncaught 'error' event and end the process.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failures++;
      if (error.code === 'EAGAIN') this.#tryLater();
      else if (!this.#isBehind) dropped?.add(1); // a sign at once; others are kept, or drop
    });
    stream.on('drop', (lines: Buffer) => {
      this.#failures++;
      dropped?.add(linesIn(lines));
      this.#tryLater(); // a line that does not fit beside those that wait is no try to write them
    });
  }

  /**
   * Writes whole lines before it returns, as far as there is room for them. False when these bytes
   * are kept until there is, and must not change.
   */
  write(lines: Buffer): boolean {
    const before = this.#failures;
    // What waits is small: it does not hold on to the room that all lines are made in.
    this.#stream.write(this.#isBehind ? Buffer.from(lines) : lines);
    const wasBehind = this.#isBehind;
    this.#isBehind = this.#failures > before;
    return wasBehind || !this.#isBehind;
  }

  /** At the end of the process: waits a little for room in a pipe. */
  finish(): void {
    for (let tries = 0; this.#isWaiting && tries < LAST_TRIES; tries++) {
      this.#isWaiting = false;
      this.#stream.write(NOTHING);
      if (this.#isWaiting) sleep(FULL_PIPE_MS);
    }
  }

  /** Writes what waits for room a little later, and the rest when the process ends. */
  #tryLater(): void {
    if (!this.#isEndWatched) atEnd(() => this.finish());
    this.#isEndWatched = true;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      this.#stream.write(NOTHING);
    }, FULL_PIPE_MS).unref();
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function linesIn(lines: Buffer): number {
  let count = 0;
  for (const byte of lines) if (byte === NEWLINE) count++;
  return count;
}
