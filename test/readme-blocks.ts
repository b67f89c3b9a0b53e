import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** A fenced block of a Markdown file. */
export interface Block {
  /** What stands behind the fence: `sh`, `yaml manifest`. */
  readonly info: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** A command of a `console` block and what it is said to print. */
export interface Example {
  readonly command: string;
  readonly output: string;
  readonly line: number;
  /** The manifest that stands right before its block; undefined when there is none. */
  readonly manifest: string | undefined;
}

export function readText(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

/** The fenced blocks of a Markdown file, in order. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of readText(path).split('\n').entries()) {
    const [, info] = /^```(.*)$/.exec(line) ?? [];
    if (info === undefined) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { info, line: index + 1, lines: [] };
    } else {
      blocks.push({ info: open.info, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  return blocks;
}

/** The commands in `console` blocks: lines with a `$` before them, and the output below each. */
export function examplesOf(path: string): Example[] {
  const blocks = blocksOf(path);
  return blocks.flatMap((block, index) => {
    if (block.info !== 'console') return [];
    const before = blocks[index - 1];
    const manifest = before?.info === 'yaml manifest' ? before.text : undefined;
    return block.text
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { command, output: output.join('\n'), line: block.line, manifest };
      });
  });
}
