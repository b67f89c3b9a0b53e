import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How long the process may take over anything before the test gives up on it. */
const PATIENCE_MS = 20_000;

/** How a process ended. */
export interface Exited {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `svcdns serve` of its own, as it was built, and what it has written. */
export class ServeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exited>;
  /** Those who wait for something to be written. */
  readonly #waiting = new Set<() => void>();
  /** Messages of its log, in order. */
  readonly logged: string[] = [];
  /** Everything on stdout that is not of the log. */
  printed = '';
  stderr = '';

  /** `openFiles`: the most files that it may have open; as many as the test itself unless told. */
  constructor(
    args: readonly string[],
    node: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    openFiles?: number,
    cwd?: string,
  ) {
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
    let line = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) this.#take(whole);
      for (const look of [...this.#waiting]) look();
    });
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

  /** Waits for a log message that matches, the first after `from` others. */
  async message(wanted: RegExp, from = 0): Promise<string> {
    const find = () => this.logged.slice(from).find((text) => wanted.test(text));
    await this.until(() => find() !== undefined, `a log message ${wanted}`);
    return find()!;
  }

  /** Waits until what has been written makes this true. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const text = () => `No ${what}: ${this.printed}${this.logged.join('\n')}\n${this.stderr}`;
      timer = setTimeout(() => reject(new Error(text())), PATIENCE_MS);
    });
    let look = () => {};
    const seen = new Promise<void>((resolve) => {
      look = () => {
        if (isSo()) resolve();
      };
      this.#waiting.add(look);
      look();
    });
    await Promise.race([seen, late]).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
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

  #take(line: string): void {
    if (line.startsWith('{')) this.logged.push((JSON.parse(line) as { msg: string }).msg);
    else this.printed += `${line}\n`;
  }
}
