import type { Problem, Severity } from '../../kube/problem.ts';
import { oneLine } from '../../observe/text-line.ts';

/** GitHub's words for our severities. */
const COMMANDS = { error: 'error', warning: 'warning', hint: 'notice' } as const satisfies Record<
  Severity,
  string
>;

/**
 * Problems as workflow commands of GitHub Actions, which shows them beside the lines of a change:
 * `::warning file=k8s/web.yaml,line=3,col=1,title=CODE::message`. Of one step it shows ten of each
 * severity, so errors come first.
 */
export function githubCommands(problems: readonly Problem[]): string[] {
  return problems
    .toSorted((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity))
    .map(({ severity, code, message, origin }) => {
      const { file, line, column } = origin;
      const place = line === 0 ? [] : [`line=${line}`, `col=${column}`];
      const properties = [`file=${property(file)}`, ...place, `title=${property(code)}`].join(',');
      return `::${COMMANDS[severity]} ${properties}::${data(message)}`;
    });
}

const RANK: readonly Severity[] = ['error', 'warning', 'hint'];

/**
 * The escapes of GitHub's own toolkit, as a line end would begin another command. Other control
 * characters are made visible: the log of a job is read on terminals too.
 */
function data(text: string): string {
  const lines = text.split('\n').map((line) => oneLine(line.replaceAll('%', '%25')));
  return lines.join('%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
