import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PATIENCE_MS } from '../helpers/patience.ts';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Given to standard input; without it, standard input is empty. */
  readonly input?: string;
  /** The command is ended after this long. */
  readonly timeoutMs?: number;
}

/** A program with its arguments. */
export type Argv = readonly [string, ...string[]];

/** Runs a command to its end, whatever its exit status. */
export async function run(argv: Argv, options: CommandOptions = {}): Promise<Finished> {
  const [program, ...args] = argv;
  const { cwd, env = process.env, input = '', timeoutMs = PATIENCE_MS } = options;
  const child = spawn(program, args, { ...(cwd && { cwd }), env, timeout: timeoutMs });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  return {
    status,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/**
 * Runs a command that has to succeed and returns what it printed.
 *
 * @throws Error with the command, its status and its output when it does not.
 */
export async function output(argv: Argv, options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(argv, options);
  if (status === 0) return stdout;
  throw new Error(`${argv.join(' ')} ended with status ${status}:\n${stdout}${stderr}`);
}

/** A command that goes on while the test does other things. */
export class Running {
  readonly #argv: Argv;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #printed = '';

  constructor(argv: Argv, options: Pick<CommandOptions, 'cwd' | 'env'> = {}) {
    const [program, ...args] = argv;
    const { cwd, env = process.env } = options;
    this.#argv = argv;
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(program, args, { ...(cwd && { cwd }), env, stdio: [...stdio] });
    const keep = (bytes: Buffer): void => {
      this.#printed += bytes.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.#child = child;
    this.#ended = once(child, 'close').then(([status]) => status as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything it has printed, on either stream. */
  get printed(): string {
    return this.#printed;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with its exit status when it has ended by itself; null when a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /**
   * Waits until `condition` holds.
   *
   * @throws Error with everything printed when the command ends first, or it takes over 30 s.
   */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (!this.isRunning) throw this.#error(`ended with status ${this.#child.exitCode}`);
      if (Date.now() > deadline) throw this.#error(`was not ready within ${PATIENCE_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks it to end and waits until it has. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  #error(what: string): Error {
    return new Error(`${this.#argv.join(' ')} ${what}:\n${this.#printed}`);
  }
}
