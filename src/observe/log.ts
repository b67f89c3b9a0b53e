import { type DestinationStream, levels, type Logger as PinoLogger, pino } from 'pino';
import { atEnd } from '../support/at-end.ts';
import { LogFile } from './log-file.ts';
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
 * A log on stdout, JSON lines or text, written before the call returns, so that the last line
 * before a crash is there; lines about queries at the end of a turn of the event loop, the first
 * that has few of them, or of the process. No failure of the destination, a full disk or a reader
 * that left, is ever thrown.
 *
 * @throws RangeError for a level that does not exist.
 */
export function createLogger(level: string, options: LogOptions = {}): Logger {
  if (!LOG_LEVELS.includes(level)) {
    throw new RangeError(
      `Cannot log at level "${level}": expected one of ${LOG_LEVELS.join(', ')}`,
    );
  }
  const file = new LogFile(options.to ?? 1, options.dropped);
  const { format, saidInFull } = options;
  const destination: Destination = {
    write: (lines) => file.write(Buffer.from(lines)),
    writeBytes: (lines) => file.write(lines),
  };
  const log = loggerTo(level, destination, {
    ...(format && { format }),
    ...(saidInFull && { saidInFull }),
    schedule: onceATurn(() => {
      log.queryLines.flush();
      file.finish(); // the lines may have found the pipe full
    }),
  });
  return log;
}

/** The same into any stream; for tests, for printing at a terminal, and for other threads. */
export function createLoggerTo(
  level: string,
  destination: DestinationStream,
  writing: LogWriting = {},
): Logger {
  const write = (lines: string) => void destination.write(lines);
  const writeBytes = (lines: Buffer) => write(lines.toString('latin1'));
  return loggerTo(level, { write, writeBytes }, writing);
}

/** Where whole lines go. */
interface Destination {
  write(lines: string): void;
  /** As `QueryLinesOptions.write`. */
  writeBytes(lines: Buffer): void;
}

/** How lines are written; those about queries at once unless there is a `schedule`. */
interface LogWriting
  extends Pick<QueryLinesOptions, 'schedule'>,
    Pick<LogOptions, 'format' | 'saidInFull'> {}

function loggerTo(
  level: string,
  { write, writeBytes }: Destination,
  { format, saidInFull, schedule }: LogWriting,
): Logger {
  const isJson = format !== 'text';
  const queryLines = new QueryLines({ isJson, write: writeBytes, schedule, wallClock: Date.now });
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
        write(isJson ? line : textLine(line, saidInFull));
      },
    },
  );
  const writeLines = (lines: string) => {
    queryLines.flush();
    write(lines);
  };
  return Object.assign(log, { queryLines, writeLines });
}

/** Runs what it is given at the end of this turn of the event loop, and `last` with the process. */
function onceATurn(last: () => void): (endTurn: () => void) => void {
  let isEndWatched = false;
  return (endTurn) => {
    if (!isEndWatched) atEnd(last);
    isEndWatched = true;
    setImmediate(endTurn);
  };
}

/** The level when the Corefile has `debug`: `debug` or below. A silent log stays silent. */
export function debugLevel(level: string): string {
  return level === 'trace' || level === 'silent' ? level : 'debug';
}
