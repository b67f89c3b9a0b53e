import { problemLine, sortedProblems } from '../../report/problem-text.ts';
import { type Check, fail, info, ok, warn } from '../finding.ts';

/** Problems that are shown; `svcdns check` shows all. */
const MAX_SHOWN = 5;

/** Whether `serve` would start with these settings. */
export const configuration: Check = {
  id: 'settings',
  run({ problems, settings }) {
    const found = sortedProblems(problems.filter(({ severity }) => severity !== 'hint'));
    const shown = found.slice(0, MAX_SHOWN).map((problem) => {
      const level = problem.severity === 'error' ? fail : warn;
      return level(problemLine(problem), 'svcdns check');
    });
    const more = found.length - shown.length;
    if (more > 0) shown.push(info(`and ${more} more`, 'svcdns check'));
    const { file, isBuiltIn } = settings.corefile;
    if (found.length === 0) shown.push(ok(isBuiltIn ? 'the built-in Corefile' : file));
    return shown;
  },
};
