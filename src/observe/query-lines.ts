import { asciiOf, LineBytes } from './line-bytes.ts';

/** Bytes that are gathered before they are written at the latest. */
const MOST_BYTES = 32 * 1024;

/** So many lines in one turn: the next may well have more, to be written with them. */
const MANY = 8;

/** Of a line with every character of its message escaped, and with fields. */
const MAX_LINE_BYTES = 32 * 1024;

/** Writes a part of a line, in printable ASCII. */
export type LinePart<Of> = (of: Of, out: LineBytes) => void;

export interface QueryLinesOptions {
  readonly isJson: boolean;
  /** Writes whole lines to where the log goes, of which it keeps no byte. Never throws. */
  readonly write: (lines: Buffer) => void;
  /** Calls back at the end of a turn of the event loop; without it lines are written at once. */
  readonly schedule?: ((endTurn: () => void) => void) | undefined;
  /** Unix time, ms. */
  readonly wallClock: () => number;
}

/**
 * The log's lines about single queries, of level info. They are gathered and written once a turn,
 * as a system call for each would cost more than most queries, or once in some turns while each
 * has many; other lines of the log must not overtake them (`flush`).
 */
export class QueryLines {
  /** They are members of JSON objects; else text. */
  readonly isJson: boolean;
  readonly #options: QueryLinesOptions;
  readonly #lines = new LineBytes(MOST_BYTES + MAX_LINE_BYTES);
  #isScheduled = false;
  /** Lines of this turn. */
  #ofTurn = 0;
  #time = Number.NaN;
  #head = TEXT_HEAD;

  constructor(options: QueryLinesOptions) {
    this.isJson = options.isJson;
    this.#options = options;
  }

  /** Adds a line about `of`, of which `part` writes all that the other lines have not. */
  add<Of>(of: Of, part: LinePart<Of>): void {
    const lines = this.#lines;
    // The lines of one turn have the time of the first.
    if (this.#ofTurn++ === 0 || lines.length === 0) this.#lookAtClock();
    lines.bytes(this.#head);
    part(of, lines);
    lines.bytes(this.isJson ? JSON_END : TEXT_END);
    const { schedule } = this.#options;
    if (schedule === undefined || lines.length > MOST_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      schedule(this.#endTurn);
    }
  }

  /** Writes what has been gathered. */
  flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#options.write(lines.written);
    lines.clear();
  }

  readonly #endTurn = (): void => {
    const { schedule } = this.#options;
    this.#isScheduled = this.#ofTurn >= MANY;
    this.#ofTurn = 0;
    if (this.#isScheduled) schedule?.(this.#endTurn);
    else this.flush();
  };

  #lookAtClock(): void {
    if (!this.isJson) return;
    const time = this.#options.wallClock();
    if (time === this.#time) return;
    this.#time = time;
    this.#head = asciiOf(`{"level":"info","time":"${new Date(time).toISOString()}",`);
  }
}

const JSON_END = asciiOf('}\n');
const TEXT_HEAD = asciiOf('[INFO] ');
const TEXT_END = asciiOf('\n');
