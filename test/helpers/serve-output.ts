import { PATIENCE_MS } from './patience.ts';

/** What a `svcdns serve` has written, and waiting for it. */
export abstract class ServeOutput {
  /** Messages of its log, in order. */
  readonly logged: string[] = [];
  /** Everything on stdout, with the log. */
  written = '';
  /** Everything on stdout that is not of the log. */
  printed = '';
  stderr = '';
  /** Those who wait for something to be written. */
  readonly #waiting = new Set<() => void>();
  /** The begin of a line. */
  #line = '';

  /** Takes what is written to stdout. */
  protected take(text: string): void {
    this.written += text;
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('{')) this.logged.push((JSON.parse(line) as { msg: string }).msg);
      else this.printed += `${line}\n`;
    }
    for (const look of [...this.#waiting]) look();
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
}
