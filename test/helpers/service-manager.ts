import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventuallyTrue } from './eventually.ts';

const SCRIPT = fileURLToPath(new URL('service-manager.pl', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What waits while the program starts, bytes; more than root gets without asking twice. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;

/** Runs the built program with sockets that outlive it, as systemd does: UDP and TCP an address. */
export class ServiceManager {
  readonly #child: ChildProcess;
  /** All that has been printed by it and by the program. */
  printed = '';

  constructor(port: number, addresses: readonly string[], args: readonly string[]) {
    const sockets = [String(port), String(RECEIVE_BUFFER), ...addresses];
    const command = [process.execPath, MAIN, ...args];
    this.#child = spawn('perl', [SCRIPT, ...sockets, '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (bytes: Buffer): void => {
      this.printed += bytes;
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  /** Exit codes of the program so far. */
  get ended(): number[] {
    return [...this.printed.matchAll(/^ended with (\d+)$/gm)].map(([, code]) => Number(code));
  }

  /** Waits until the program has been started so often. */
  async started(times: number): Promise<void> {
    await this.until(() => (this.printed.match(/^Try: /gm) ?? []).length >= times, 'start');
  }

  /** Ends the program in good order and starts it again. */
  restart(): void {
    this.#child.kill('SIGHUP');
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    await eventuallyTrue(isSo).catch(() => {
      throw new Error(`No ${what}:\n${this.printed}`);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
