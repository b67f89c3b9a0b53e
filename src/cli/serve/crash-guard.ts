import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { Counter } from '../../observe/metrics.ts';
import { type CommandIo, Exit } from '../command.ts';

/**
 * What happens to uncaught errors. Before the start is complete they end the process: it
 * would be half a server. After it they are logged and counted, and serving goes on: no packet and
 * no manifest can end the process.
 */
export class CrashGuard {
  readonly #io: CommandIo;
  readonly #log: Logger;
  readonly #panics: Counter;
  readonly #limiter: LogLimiter;
  #isServing = false;

  constructor(io: CommandIo, log: Logger, panics: Counter) {
    this.#io = io;
    this.#log = log;
    this.#panics = panics;
    this.#limiter = new LogLimiter(() => io.clock.now());
    io.process.onUncaught((reason) => this.#take(reason));
  }

  /** The start is complete. */
  serving(): void {
    this.#isServing = true;
  }

  #take(reason: unknown): void {
    const err = reason instanceof Error ? reason : new Error(String(reason));
    if (!this.#isServing) {
      this.#io.stderr(`svcdns serve: ${err.stack ?? err.message}\n`);
      this.#io.process.exit(Exit.FAILED);
      return;
    }
    this.#panics.add(1);
    this.#limiter.log((leftOut) => {
      this.#log.error({ err, leftOut }, 'Uncaught error: serving goes on');
    });
  }
}
