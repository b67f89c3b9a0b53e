import { debugLevel, type Logger } from '../observe/log.ts';

/** The level of the log, which `debug` in the Corefile lowers for as long as it stands there. */
export class LogLevel {
  readonly #log: Logger;
  readonly #usual: string;

  constructor(log: Logger) {
    this.#log = log;
    this.#usual = log.level;
  }

  /** Follows the configuration that is in service now. */
  follow({ isDebug }: { readonly isDebug: boolean }): void {
    this.#log.level = isDebug ? debugLevel(this.#usual) : this.#usual;
  }
}
