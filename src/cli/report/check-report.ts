import type { LoadSummary, NamespaceSummary } from '../../control/summary.ts';
import type { Problem, Severity } from '../../kube/problem.ts';
import { ruleOf } from '../../lint/rules.ts';
import { githubCommands } from './github.ts';
import { counted, problemLine } from './problem-text.ts';
import { sarifLog } from './sarif.ts';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * What `check` prints. `summary` is undefined when no manifests could be looked for, after an error
 * in the Corefile that names them. `silenced` are problems that only SARIF shows, as that.
 */
export function checkReport(
  format: Format,
  problems: readonly Problem[],
  summary: LoadSummary | undefined,
  silenced: readonly Problem[],
): string {
  switch (format) {
    case 'text':
      return [...problems.map(problemLine), summaryLine(problems, summary), ''].join('\n');
    case 'json':
      return `${JSON.stringify(jsonReport(problems, summary), undefined, 2)}\n`;
    case 'github':
      return [...githubCommands(problems), summaryLine(problems, summary), ''].join('\n');
    case 'sarif':
      return `${JSON.stringify(sarifLog(problems, silenced), undefined, 2)}\n`;
  }
}

/** `Checked 12 files: 5 Services …, in 2 namespaces; 1 error, 0 warnings, 0 hints`. */
function summaryLine(problems: readonly Problem[], summary: LoadSummary | undefined): string {
  const found = (['error', 'warning', 'hint'] as const)
    .map((severity) => counted(countOf(problems, severity), severity))
    .join(', ');
  if (summary === undefined) return `Checked the configuration: ${found}`;
  const { clusterIP, headless, externalName, endpoints, pods, external, hosts } = totals(summary);
  const kinds = [
    `${counted(clusterIP + headless + externalName, 'Service')} (${clusterIP} ClusterIP, ${headless} headless, ${externalName} ExternalName)`,
    counted(endpoints, 'endpoint'),
    counted(pods, 'Pod'),
    ...(external > 0 ? [`${counted(external, 'Service')} with an external address`] : []),
    ...(hosts > 0 ? [counted(hosts, 'host')] : []),
    counted(summary.namespaces.length, 'namespace'),
    ...summary.passedOver.map(([kind, count]) => `${count} ${kind} passed over`),
  ].join(', ');
  return `Checked ${counted(summary.files, 'file')}: ${kinds}; ${found}`;
}

function jsonReport(problems: readonly Problem[], summary: LoadSummary | undefined) {
  const counts = {
    errors: countOf(problems, 'error'),
    warnings: countOf(problems, 'warning'),
    hints: countOf(problems, 'hint'),
  };
  return {
    problems: problems.map(({ origin, ...rest }) => ({ ...origin, ...rest, ...ruleIn(rest) })),
    summary:
      summary === undefined
        ? counts
        : {
            files: summary.files,
            names: summary.names,
            refusedDocuments: summary.refusedDocuments,
            ...totals(summary),
            namespaces: summary.namespaces,
            passedOver: Object.fromEntries(summary.passedOver),
            ...counts,
          },
  };
}

function ruleIn({ code }: Pick<Problem, 'code'>): object {
  const rule = ruleOf(code);
  return rule === undefined ? {} : { rule: rule.id };
}

function totals({ namespaces }: LoadSummary) {
  const sum = (key: Exclude<keyof NamespaceSummary, 'name'>) =>
    namespaces.reduce((total, namespace) => total + namespace[key], 0);
  return {
    clusterIP: sum('clusterIP'),
    headless: sum('headless'),
    externalName: sum('externalName'),
    endpoints: sum('endpoints'),
    pods: sum('pods'),
    external: sum('external'),
    hosts: sum('hosts'),
  };
}

function countOf(problems: readonly Problem[], severity: Severity): number {
  return problems.filter((problem) => problem.severity === severity).length;
}
