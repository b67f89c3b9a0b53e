/** The terminal in front of a command, for one that draws on all of it. */
export interface Terminal {
  /** In characters, as it is now. */
  readonly columns: number;
  readonly rows: number;
  /** Hands over each key as it is pressed, Ctrl-C (`\x03`) too, and says when the size changes. */
  open(onKey: (key: string) => void, onResize: () => void): void;
  /** Gives the keys back to the shell. */
  close(): void;
}

type Input = Pick<NodeJS.ReadStream, 'isTTY' | 'on' | 'pause' | 'resume' | 'setRawMode'>;
type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'on'>;

/** Undefined when one of the streams is no terminal, as in a pipe. */
export function terminalOf(input: Input, output: Output): Terminal | undefined {
  if (input.isTTY !== true || output.isTTY !== true) return undefined;
  return {
    // A terminal without a size says 0.
    get columns() {
      return output.columns || 80;
    },
    get rows() {
      return output.rows || 24;
    },
    open: (onKey, onResize) => {
      input.setRawMode(true);
      input.on('data', (keys: Buffer) => {
        for (const key of keys.toString('latin1')) onKey(key);
      });
      output.on('resize', onResize);
      input.resume();
    },
    close: () => {
      input.setRawMode(false);
      input.pause();
    },
  };
}
