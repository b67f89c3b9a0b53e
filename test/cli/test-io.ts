import type { CommandIo } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Clock } from '../../src/support/clock.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

/** What a command wrote and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A signal that a command may listen to. */
export type CommandSignal = Parameters<CommandIo['process']['onSignal']>[0];

/** The world around a command, in memory: text is kept, signals and errors are sent by hand. */
export class TestIo implements CommandIo {
  readonly env: Record<string, string | undefined>;
  readonly hasColours = false;
  readonly showsProgress: boolean;
  readonly cwd: string;
  readonly terminal: Terminal | undefined;
  readonly clock: Clock;
  /** Codes given to `exit`. */
  readonly exits: number[] = [];
  keepsHeapSmall = false;
  out = '';
  err = '';
  readonly #signals = new Map<CommandSignal, () => void>();
  #uncaught: (error: unknown) => void = () => {};

  constructor(
    parts: {
      env?: Record<string, string>;
      cwd?: string;
      clock?: Clock;
      showsProgress?: boolean;
      terminal?: Terminal;
    } = {},
  ) {
    this.showsProgress = parts.showsProgress ?? false;
    this.env = parts.env ?? {};
    this.cwd = parts.cwd ?? process.cwd();
    this.terminal = parts.terminal;
    this.clock = parts.clock ?? new FakeClock();
  }

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
  }

  readonly process = {
    onSignal: (signal: CommandSignal, listener: () => void) =>
      void this.#signals.set(signal, listener),
    onUncaught: (listener: (error: unknown) => void) => {
      this.#uncaught = listener;
    },
    exit: (code: number) => void this.exits.push(code),
    // Would hold for the tests' own process, as long as that runs.
    keepHeapSmall: () => {
      this.keepsHeapSmall = true;
    },
    // Tests have their names read in their own thread.
    prepareControlThread: () => {},
    endPreparedThreads: () => {},
  };

  signal(signal: CommandSignal): void {
    this.#signals.get(signal)?.();
  }

  throwUncaught(error: unknown): void {
    this.#uncaught(error);
  }

  /** The outcome of a command line as a shell would split it at blanks. */
  async outcome(line: string): Promise<Outcome> {
    const code = await run(
      line.split(' ').filter((word) => word !== ''),
      this,
    );
    return { code, stdout: this.out, stderr: this.err };
  }
}
