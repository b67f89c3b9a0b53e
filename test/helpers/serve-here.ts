import { serveCommand } from '../../src/cli/commands/serve.ts';
import { machineNetworks } from '../../src/cli/serve/routed-networks.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { systemClock } from '../../src/support/clock.ts';
import { type CommandSignal, TestIo } from '../cli/test-io.ts';
import { startAppHere } from './control-here.ts';
import { ServeOutput } from './serve-output.ts';

/**
 * `svcdns serve` in the test's own process, for a third of the CPU time of a `ServeProcess`. Tests
 * with that show that the built program does the same.
 */
export class ServeHere extends ServeOutput {
  readonly #io: TestIo;
  readonly #ended: Promise<number>;

  constructor(args: readonly string[], parts: { env?: Record<string, string>; cwd?: string } = {}) {
    super();
    const env = { SVCDNS_STATE: 'off', ...parts.env };
    this.#io = new TestIo({ ...parts, env, clock: systemClock });
    // A process in that folder names its files from there.
    const { cwd } = parts;
    const seen = (text: string) => (cwd === undefined ? text : text.replaceAll(`${cwd}/`, ''));
    this.#io.stdout = (text) => this.take(seen(text));
    this.#io.stderr = (text) => {
      this.stderr += seen(text);
    };
    const command = serveCommand(async () => ({
      startApp: startAppHere,
      createLogger: (level, { format = 'json', saidInFull = new Set<string>() } = {}) =>
        createLoggerTo(level, { write: (line) => this.take(seen(line)) }, { format, saidInFull }),
      networks: machineNetworks,
    }));
    this.#ended = command.run(args, this.#io);
  }

  signal(signal: CommandSignal): void {
    this.#io.signal(signal);
  }

  /** Its exit code, once it has ended. */
  ended(): Promise<number> {
    return this.#ended;
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.#ended;
  }
}
