import { type DestinationStream, levels, type Logger as PinoLogger, pino } from 'pino';
import { atEnd } from '../support/at-end.ts';
import type { Counter } from './metrics.ts';
import { QueryLines, type QueryLinesOptions } from './query-lines.ts';
import { textLine } from './text-line.ts';

export { LogLimiter } from './log-limiter.ts';

/** A log, and its lines about single queries, which its level does not hold back. */
export type Logger = PinoLogger & {
  readonly queryLines: QueryLines;
  /** Writes whole lines as they are, in the form of this log: another thread's. */
  readonly writeLines: (lines: string) => void;
};

/** Characters of lines kept while they cannot be written (a full disk); more is dropped. */
const MAX_WAITING_CHARACTERS = 64 * 1024;

/** The levels that can be set, least serious first, and `silent`. */
export const LOG_LEVELS: readonly string[] = [...Object.values(levels.labels), 'silent'];

/** `json`: an object a line. `text`: as CoreDNS writes, for tools that read its log. */
export const LOG_FORMATS = ['json', 'text'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  readonly format?: LogFormat;
  /** Plugins whose messages say all that their fields do: as text they have no fields. */
  readonly saidInFull?: ReadonlySet<string>;
  /** Where lines go: a file, or 1 for stdout. */
  readonly to?: string | number;
  /** Counts lines that could not be written. */
  readonly dropped?: Counter;
}

/**
 * A log on stdout, JSON lines or text, written before the call returns, so that
 * the last line before a crash is there; lines about queries at the end of the turn of the event
 * loop, or of the process. No failure of the destination, a full disk or a reader that left, is
 * ever thrown.
 *
 * @throws RangeError for a level that does not exist.
 */
export function createLogger(level: string, options: LogOptions = {}): Logger {
  if (!LOG_LEVELS.includes(level)) {
    throw new RangeError(
      `Cannot log at level "${level}": expected one of ${LOG_LEVELS.join(', ')}`,
    );
  }
  const destination = pino.destination({
    dest: options.to ?? 1,
    sync: true,
    maxLength: MAX_WAITING_CHARACTERS,
    // Else it waits 100 ms, and the process with it, whenever a pipe is full.
    retryEAGAIN: () => false,
  });
  const waiting = writesAgain(destination);
  // Without a listener the first ENOSPC would be an uncaught 'error' event and end the process.
  destination.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EAGAIN') waiting.again();
    else options.dropped?.add(1);
  });
  destination.on('drop', (lines: string) => options.dropped?.add(linesIn(lines)));
  const { format, saidInFull } = options;
  return loggerTo(level, destination, {
    ...(format && { format }),
    ...(saidInFull && { saidInFull }),
    schedule: onceATurn(waiting.finish),
  });
}

/** The same into any stream; for tests, for printing at a terminal, and for other threads. */
export function createLoggerTo(
  level: string,
  destination: DestinationStream,
  writing: LogWriting = {},
): Logger {
  return loggerTo(level, destination, writing);
}

/** How lines are written; those about queries at once unless there is a `schedule`. */
interface LogWriting
  extends Pick<QueryLinesOptions, 'schedule'>,
    Pick<LogOptions, 'format' | 'saidInFull'> {}

function loggerTo(
  level: string,
  destination: DestinationStream,
  { format, saidInFull, schedule }: LogWriting,
): Logger {
  const isJson = format !== 'text';
  const write = (lines: string) => void destination.write(lines);
  const queryLines = new QueryLines({ isJson, write, schedule, wallClock: Date.now });
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        queryLines.flush();
        destination.write(isJson ? line : textLine(line, saidInFull));
      },
    },
  );
  const writeLines = (lines: string) => {
    queryLines.flush();
    write(lines);
  };
  return Object.assign(log, { queryLines, writeLines });
}

/** Runs what it is given at the end of this turn of the event loop, or of the process. */
function onceATurn(finish: () => void): (flush: () => void) => void {
  let isEndWatched = false;
  return (flush) => {
    if (!isEndWatched) {
      atEnd(() => {
        flush();
        finish(); // the lines may have found the pipe full
      });
    }
    isEndWatched = true;
    setImmediate(flush);
  };
}

/** A pipe that is full is tried again after this time; ms. */
const FULL_PIPE_MS = 5;

/** How often that is done at the end of the process, before what waits is given up. */
const LAST_TRIES = 200;

/** Writes what waits for room in a pipe a little later, and the rest when the process ends. */
function writesAgain(destination: ReturnType<typeof pino.destination>) {
  let isWaiting = false;
  let isEndWatched = false;
  const finish = () => {
    for (let tries = 0; isWaiting && tries < LAST_TRIES; tries++) {
      isWaiting = false;
      destination.write('');
      if (isWaiting) sleep(FULL_PIPE_MS);
    }
  };
  const again = () => {
    if (!isEndWatched) atEnd(finish);
    isEndWatched = true;
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      destination.write('');
    }, FULL_PIPE_MS).unref();
  };
  return { again, finish };
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/** The level when the Corefile has `debug`: `debug` or below. A silent log stays silent. */
export function debugLevel(level: string): string {
  return level === 'trace' || level === 'silent' ? level : 'debug';
}
