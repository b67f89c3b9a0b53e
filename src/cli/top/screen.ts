import type { CommandIo } from '../command.ts';
import type { Terminal } from '../terminal.ts';

/** xterm's other screen, without a cursor; ECMA-48 CUP, EL and ED. All of today know them. */
const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';
const TO_START = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Draws lines on the whole of a terminal, and leaves it as it was before. */
export class Screen {
  readonly #io: Pick<CommandIo, 'stdout'>;
  readonly #terminal: Terminal;

  constructor(io: Pick<CommandIo, 'stdout'>, terminal: Terminal) {
    this.#io = io;
    this.#terminal = terminal;
  }

  open(onKey: (key: string) => void, onResize: () => void): void {
    this.#terminal.open(onKey, onResize);
    this.#io.stdout(OPEN);
  }

  /**
   * A plain line that is too long goes on in the next row; what there is no row for is left out.
   * Nothing flickers: nothing is cleared.
   */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#terminal;
    const shown = lines.flatMap((line) => broken(line, columns)).slice(0, rows);
    const text = shown.map((line) => `${line}${CLEAR_LINE}`).join('\r\n');
    this.#io.stdout(`${TO_START}${text}${CLEAR_BELOW}`);
  }

  close(): void {
    this.#io.stdout(CLOSE);
    this.#terminal.close();
  }
}

function broken(line: string, columns: number): string[] {
  const isMarked = line.includes('\u001b');
  if (isMarked || line.length <= columns) return [line];
  return line.match(new RegExp(`.{1,${columns}}`, 'gs')) ?? [];
}
