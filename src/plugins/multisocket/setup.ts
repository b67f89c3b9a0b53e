import { availableParallelism } from 'node:os';
import type { Line } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';

/** CoreDNS's. */
const MAX_SOCKETS = 1024;

/**
 * Reads `multisocket [N]`: sockets an address, each with a thread of its own. As many as processors
 * when the Corefile gives no number; 1 when it does not have the directive, or the number is wrong.
 */
export function parseMultisocket(
  lines: readonly Line[],
  problems: ProblemList,
  processors: number = availableParallelism(),
): number {
  if (lines.length === 0) return 1;
  const directive = new Directive('multisocket', problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  if (!directive.hasArgs(line, 0, 1)) return 1;
  const [word] = line.args;
  if (word === undefined) return Math.min(processors, MAX_SOCKETS);
  const sockets = Number(word.text);
  if (/^\d{1,9}$/.test(word.text) && sockets >= 1 && sockets <= MAX_SOCKETS) return sockets;
  const message = `invalid num sockets: ${quoted(word.text)}: expected 1 to ${MAX_SOCKETS}`;
  directive.error(message, word.origin);
  return 1;
}

export const plugin: OptionsDeclaration<number> = {
  directive: 'multisocket',
  read: parseMultisocket,
};
