import { openSync, writeSync } from 'node:fs';
import { NEWLINE } from '../support/ascii.ts';
import { atEnd } from '../support/at-end.ts';
import type { Counter } from './metrics.ts';

/** Bytes of lines kept while they cannot be written; more is dropped. */
const MAX_WAITING_BYTES = 64 * 1024;

/** A pipe that is full is tried again after this time, ms. */
const FULL_PIPE_MS = 5;

/** What fails otherwise, such as a full disk, twice as long after each time, up to this; ms. */
const MOST_MS = 1000;

/** How often a full pipe is tried at the end of the process, before what waits is given up. */
const LAST_TRIES = 200;

const NOTHING = Buffer.alloc(0);

/**
 * Where the lines of a log go: a file, or 1 for stdout. A pipe without a reader is like a full
 * disk: it may have a reader again.
 *
 * Not pino's destination: that one sleeps while a pipe is full, stops for good at the first EPIPE,
 * and does not say which lines were lost.
 */
export class LogFile {
  readonly #file: number;
  readonly #dropped: Counter | undefined;
  /** Whole lines that could not be written yet; of the first, a part may have been. */
  #waiting: Buffer = NOTHING;
  /** Why they could not: a pipe was full. */
  #isFull = false;
  #waitMs = FULL_PIPE_MS;
  #timer: NodeJS.Timeout | undefined;
  #isEndWatched = false;

  /**
   * `dropped` counts lines that were not written and never will be.
   *
   * @throws an error of node:fs when the file cannot be opened.
   */
  constructor(to: string | number, dropped?: Counter) {
    this.#file = typeof to === 'number' ? to : openSync(to, 'a');
    this.#dropped = dropped;
  }

  /** Writes whole lines before it returns, as far as there is room for them. Never throws. */
  write(lines: Buffer): void {
    if (this.#isFull) this.#goOn(); // its reader may have made room
    const isBehind = this.#waiting.length > 0;
    const rest = isBehind ? lines : this.#put(lines);
    if (rest.length === 0) return;
    // A line of which a part is written is kept, however long it is.
    if (isBehind && this.#waiting.length + rest.length > MAX_WAITING_BYTES) {
      this.#dropped?.add(linesIn(rest));
      return;
    }
    this.#waiting = Buffer.concat([this.#waiting, rest]);
    this.#tryLater();
  }

  /** At the end of the process: waits a little for room in a pipe. */
  finish(): void {
    for (let tries = 0; this.#waiting.length > 0 && tries < LAST_TRIES; tries++) {
      if (tries > 0) sleep(FULL_PIPE_MS);
      this.#goOn();
      if (!this.#isFull) break;
    }
    this.#dropped?.add(linesIn(this.#waiting));
    this.#waiting = NOTHING;
  }

  /** Writes what waits a little later, and the rest when the process ends. */
  #tryLater(): void {
    if (!this.#isEndWatched) atEnd(() => this.finish());
    this.#isEndWatched = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#goOn();
      if (this.#waiting.length > 0) this.#tryLater();
    }, this.#waitMs).unref();
  }

  #goOn(): void {
    this.#waiting = this.#put(this.#waiting);
  }

  /** Writes as many bytes as there is room for, and returns the others. */
  #put(bytes: Buffer): Buffer {
    let at = 0;
    this.#isFull = false;
    try {
      while (at < bytes.length) {
        const written = writeSync(this.#file, bytes, at);
        if (written === 0) break; // as good as full: it must not be asked for ever
        at += written;
      }
      this.#waitMs = FULL_PIPE_MS;
    } catch (error) {
      this.#isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN';
      this.#waitMs = this.#isFull ? FULL_PIPE_MS : Math.min(2 * this.#waitMs, MOST_MS);
    }
    return bytes.subarray(at);
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
