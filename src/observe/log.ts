import { type DestinationStream, type Logger, levels, pino } from 'pino';
import type { Counter } from './metrics.ts';
import { textLine } from './text-line.ts';

export type { Logger } from 'pino';
export { LogLimiter } from './log-limiter.ts';

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
 * the last line before a crash is there. No failure of the destination, a full disk or a reader
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
  const destination = pino.destination({
    dest: options.to ?? 1,
    sync: true,
    maxLength: MAX_WAITING_CHARACTERS,
  });
  // Without a listener the first ENOSPC would be an uncaught 'error' event and end the process.
  destination.on('error', () => options.dropped?.add(1));
  destination.on('drop', () => options.dropped?.add(1));
  return createLoggerTo(level, destination, options.format, options.saidInFull);
}

/** The same into any stream; for tests, and for printing at a terminal. */
export function createLoggerTo(
  level: string,
  destination: DestinationStream,
  format: LogFormat = 'json',
  saidInFull?: ReadonlySet<string>,
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json'
      ? destination
      : { write: (line: string) => destination.write(textLine(line, saidInFull)) },
  );
}

/** The level when the Corefile has `debug`: `debug` or below. A silent log stays silent. */
export function debugLevel(level: string): string {
  return level === 'trace' || level === 'silent' ? level : 'debug';
}
