import type { Line } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';

/** Reads `debug`: whether the log is to have everything. */
export function parseDebug(lines: readonly Line[], problems: ProblemList): boolean {
  if (lines.length === 0) return false;
  const directive = new Directive('debug', problems);
  directive.bare(lines);
  return true;
}

export const plugin: OptionsDeclaration<boolean> = { directive: 'debug', read: parseDebug };
