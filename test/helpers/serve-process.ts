import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ServeOutput } from './serve-output.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a process ended. */
export interface Exited {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `svcdns serve` of its own, as it was built, and what it has written. */
export class ServeProcess extends ServeOutput {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exited>;

  /** `openFiles`: the most files that it may have open; as many as the test itself unless told. */
  constructor(
    args: readonly string[],
    node: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    openFiles?: number,
    cwd?: string,
  ) {
    super();
    const command = [process.execPath, ...node, MAIN, 'serve', ...args];
    const limit =
      openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh'];
    const [program = '', ...rest] = [...limit, ...command];
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    });
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a signal; false when the process has ended. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }

  /** Waits for its end. */
  exited(): Promise<Exited> {
    return this.#exited;
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
