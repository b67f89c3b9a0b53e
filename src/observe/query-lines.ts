import { asciiOf, LineBytes } from './line-bytes.ts';

/** Bytes that are gathered before they are written at the latest. */
const MOST_BYTES = 16 * 1024;

/** Bytes of a message, eight names of the longest kind; longer ones are cut. */
const MAX_MESSAGE_BYTES = 8192;

/** Of a line with every character of its message escaped, and with fields. */
const MAX_LINE_BYTES = 32 * 1024;

/** Writes a part of a line, in printable ASCII. */
export type LinePart<Of> = (of: Of, out: LineBytes) => void;

export interface QueryLinesOptions {
  /** Else they are text, which has no fields. */
  readonly isJson: boolean;
  /** Writes whole lines to where the log goes. Never throws. */
  readonly write: (lines: string) => void;
  /** Calls back at the end of the turn of the event loop; without it lines are written at once. */
  readonly schedule?: ((flush: () => void) => void) | undefined;
  /** Unix time, ms. */
  readonly wallClock: () => number;
}

/**
 * The log's lines about single queries, of level info. They are gathered and written once a turn,
 * as a system call for each would cost more than most queries; other lines of the log must not
 * overtake them (`flush`).
 */
export class QueryLines {
  readonly #options: QueryLinesOptions;
  readonly #lines = new LineBytes(MOST_BYTES + MAX_LINE_BYTES);
  /** One byte more than a message may have shows that it is longer. */
  readonly #message = new LineBytes(MAX_MESSAGE_BYTES + 1);
  #isScheduled = false;
  #time = Number.NaN;
  #timeText: Uint8Array = asciiOf('');

  constructor(options: QueryLinesOptions) {
    this.#options = options;
  }

  /**
   * Adds a line about `of`. `fields` writes the members of a JSON object, when there are to be any,
   * and `message` the same facts for people.
   */
  add<Of>(of: Of, fields: LinePart<Of>, message: LinePart<Of>): void {
    this.#message.clear();
    message(of, this.#message);
    this.#put(of, fields);
    const { schedule } = this.#options;
    if (schedule === undefined || this.#lines.length > MOST_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      schedule(this.#endTurn);
    }
  }

  /** Writes what has been gathered. */
  flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    const text = lines.toString();
    lines.clear();
    this.#options.write(text);
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  #put<Of>(of: Of, fields: LinePart<Of>): void {
    const lines = this.#lines;
    const message = this.#message;
    const isLonger = message.length > MAX_MESSAGE_BYTES;
    if (isLonger) message.length = MAX_MESSAGE_BYTES;
    if (this.#options.isJson) {
      lines.bytes(JSON_TIME);
      lines.bytes(this.#now());
      fields(of, lines);
      lines.bytes(JSON_MESSAGE);
      lines.appendEscaped(message);
      lines.text(isLonger ? '..."}\n' : '"}\n');
    } else {
      lines.bytes(TEXT_LEVEL);
      lines.append(message);
      lines.text(isLonger ? '...\n' : '\n');
    }
  }

  #now(): Uint8Array {
    const time = this.#options.wallClock();
    if (time !== this.#time) {
      this.#time = time;
      this.#timeText = asciiOf(`${new Date(time).toISOString()}",`);
    }
    return this.#timeText;
  }
}

const JSON_TIME = asciiOf('{"level":"info","time":"');
const JSON_MESSAGE = asciiOf(',"msg":"');
const TEXT_LEVEL = asciiOf('[INFO] ');
