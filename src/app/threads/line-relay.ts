import type { Counter } from '../../observe/metrics.ts';

/** Characters of lines that the main thread has not written yet; more are dropped. */
const MAX_WAITING_CHARACTERS = 256 * 1024;

/**
 * Sends the lines of a thread's log to the main thread, which alone writes: lines of two writers
 * would get mixed up in a pipe that is full.
 */
export class LineRelay {
  readonly #post: (lines: string) => void;
  readonly #dropped: Counter;
  #waiting = 0;

  constructor(post: (lines: string) => void, dropped: Counter) {
    this.#post = post;
    this.#dropped = dropped;
  }

  readonly write = (lines: string): void => {
    if (this.#waiting + lines.length > MAX_WAITING_CHARACTERS) {
      this.#dropped.add(lines.split('\n').length - 1);
      return;
    }
    this.#waiting += lines.length;
    this.#post(lines);
  };

  /** So many characters have been written. */
  written(characters: number): void {
    this.#waiting -= characters;
  }
}
