import { createInterface } from 'node:readline/promises';

/** Asks at the terminal, where only `y` and `yes` agree; undefined when there is none. */
export async function askYes(question: string): Promise<boolean | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
