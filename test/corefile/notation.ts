import {
  type Corefile,
  type Line,
  parseCorefile,
  type ServerBlock,
} from '../../src/corefile/parse.ts';
import { type Problem, problemText } from '../../src/kube/problem.ts';
import { memoryFiles } from './memory-files.ts';

/** Parses `text` as `/etc/Corefile`, with other files and variables beside it. */
export function parse(
  text: string,
  files: Readonly<Record<string, string | null>> = {},
  env: Readonly<Record<string, string>> = {},
): Corefile {
  return parseCorefile(text, 'Corefile', { files: memoryFiles(files), env, cwd: '/etc' });
}

/** A parsed Corefile on one line: `dns://.:53 { errors; health(:8080) { lameduck(5s) } }`. */
export function shape({ blocks }: Corefile): string {
  return blocks.map(blockShape).join(' | ');
}

export function told(problems: readonly Problem[]): string[] {
  return problems.map(problemText);
}

function blockShape({ keys, directives }: ServerBlock): string {
  const names = keys.map(
    ({ transport, zone, port }) => `${transport}://${zone}.${port === undefined ? '' : `:${port}`}`,
  );
  return `${names.join(' ')} { ${directives.map(lineShape).join('; ')} }`;
}

function lineShape({ name, args, block }: Line): string {
  const head = args.length === 0 ? name : `${name}(${args.map((word) => word.text).join(',')})`;
  return block === undefined ? head : `${head} { ${block.map(lineShape).join('; ')} }`;
}
