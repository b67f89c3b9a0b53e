import type { Line } from '../../src/corefile/parse.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { problemText } from '../../src/kube/problem.ts';
import { parse } from '../corefile/notation.ts';

/** What a function makes of the directives in a server block, and what was wrong with them. */
export function parsed<Result>(
  read: (lines: readonly Line[], problems: ProblemList) => Result,
  text: string,
): { result: Result; problems: string[] } {
  const problems = new ProblemList();
  const result = read(parse(`. {\n${text}\n}\n`).blocks[0]?.directives ?? [], problems);
  return { result, problems: problems.all.map(problemText) };
}
