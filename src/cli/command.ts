import type { Environment } from '../corefile/reader.ts';
import type { Clock } from '../support/clock.ts';
import type { Terminal } from './terminal.ts';

/** A subcommand of `svcdns`: a file each in `commands/`. */
export interface Command {
  readonly name: string;
  /** What `svcdns NAME --help` prints: usage, options, exit codes, examples. */
  readonly help: string;
  /**
   * Does it and resolves with the exit code.
   *
   * @throws {UsageError} when the arguments make no sense.
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** The world around a command, so that a test can run it in its own process. */
export interface CommandIo {
  /** Writes text as it is. Never throws, and drops the text once the reader has gone. */
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether stdout is a terminal that shows colours. */
  readonly hasColours: boolean;
  /** Whether stderr is a terminal, where long work shows how far it is. */
  readonly showsProgress: boolean;
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
  /** Undefined in a pipe. */
  readonly terminal?: Terminal | undefined;
  readonly clock: Clock;
  /** The process, for the command that stays. */
  readonly process: ProcessEvents;
}

/** What `serve` needs of the process it runs in. */
export interface ProcessEvents {
  onSignal(signal: StopSignal | ReloadSignal, listener: () => void): void;
  /** Uncaught errors: thrown in a callback, or a promise's rejection. */
  onUncaught(listener: (error: unknown) => void): void;
  /** Ends the process at once. */
  exit(code: number): void;
  /** Has garbage collected sooner, as this process lives long. Holds for all of its threads. */
  keepHeapSmall(): void;
  /** Has the thread that reads names load its program meanwhile, in case it is wanted. */
  prepareControlThread(): void;
  /** What was prepared in vain costs no more. */
  endPreparedThreads(): void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Signals to take the configuration anew: the usual one of servers, and CoreDNS's. */
type ReloadSignal = 'SIGHUP' | 'SIGUSR1';

/**
 * Exit codes. What `FAILED` means is the command's own: errors found, another rcode, not healthy.
 * `TROUBLE` says that it could not be found out: a script must tell "there is no such name" from "I
 * could not ask".
 */
export const Exit = { OK: 0, FAILED: 1, USAGE: 2, TROUBLE: 2 } as const;

/** A command line that makes no sense. The message is one line, without the command's name. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
