import { type Problem, problemText } from '../kube/problem.ts';
import type { Logger } from '../observe/log.ts';

/** `svcdns check` tells all. */
const MAX_LOGGED = 20;

/**
 * Logs what there is to tell of a configuration that is in service: a block with several ports has
 * it for each, and it is told once.
 */
export function tellProblems(problems: readonly Problem[], log: Logger): void {
  const texts = new Set(problems.map(problemText));
  for (const text of [...texts].slice(0, MAX_LOGGED)) log.warn(text);
}
