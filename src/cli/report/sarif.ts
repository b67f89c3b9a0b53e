import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Origin } from '../../kube/objects.ts';
import type { Problem, Severity } from '../../kube/problem.ts';
import { packageVersion } from '../../support/process.ts';

/** SARIF's words for our severities (section 3.27.10). */
const LEVELS = { error: 'error', warning: 'warning', hint: 'note' } as const satisfies Record<
  Severity,
  string
>;

/**
 * Problems as a SARIF 2.1.0 log, which code-scanning services turn into notes beside the lines of a
 * change.
 */
export function sarifLog(problems: readonly Problem[]) {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'svcdns',
            version: packageVersion(),
            rules: codes.map((id) => ({ id, shortDescription: { text: words(id) } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({
          ruleId: problem.code,
          ruleIndex: codes.indexOf(problem.code),
          level: LEVELS[problem.severity],
          message: { text: problem.message },
          locations: locations(problem.origin),
        })),
      },
    ],
  };
}

/** `MANIFEST_SYNTAX` → `Manifest syntax`. */
function words(code: string): string {
  return code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');
}

function locations({ file, line, column }: Origin): object[] {
  // An option or an environment variable is no place in a file.
  if (line === 0 && /^(?:-|[A-Z_]+$)/.test(file)) return [];
  const artifactLocation = isAbsolute(file)
    ? { uri: pathToFileURL(file).href }
    : { uri: file.split(/[\\/]/).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
  const region = line === 0 ? {} : { region: { startLine: line, startColumn: column } };
  return [{ physicalLocation: { artifactLocation, ...region } }];
}
