import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Origin } from '../../kube/objects.ts';
import type { Problem, Severity } from '../../kube/problem.ts';
import { ruleOf } from '../../lint/rules.ts';
import { packageVersion } from '../../support/process.ts';

/** SARIF's words for our severities (section 3.27.10). */
const LEVELS = { error: 'error', warning: 'warning', hint: 'note' } as const satisfies Record<
  Severity,
  string
>;

/**
 * Problems as a SARIF 2.1.0 log, which code-scanning services turn into notes beside the lines of a
 * change. Those that a comment in the file silences are there with a suppression (section 3.27.23).
 */
export function sarifLog(problems: readonly Problem[], silenced: readonly Problem[] = []) {
  const codes = [...new Set([...problems, ...silenced].map(({ code }) => code))].sort();
  const result = (problem: Problem) => ({
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level: LEVELS[problem.severity],
    message: { text: problem.message },
    locations: locations(problem.origin),
  });
  const suppressed = (problem: Problem) => ({
    ...result(problem),
    suppressions: [{ kind: 'inSource' }],
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'svcdns',
            version: packageVersion(),
            informationUri: REPOSITORY,
            rules: codes.map(descriptorOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [...problems.map(result), ...silenced.map(suppressed)],
      },
    ],
  };
}

const REPOSITORY = 'https://github.com/svcdns/svcdns';

/** A reportingDescriptor (section 3.49). */
interface Descriptor {
  readonly id: string;
  readonly [more: string]: unknown;
}

/** What a code stands for; of a rule also why, what to do, and the page that tells more. */
function descriptorOf(code: string): Descriptor {
  const described = { id: code, shortDescription: { text: words(code) } };
  const rule = ruleOf(code);
  if (rule === undefined) return described;
  const { id, reason, fix, severity } = rule;
  return {
    ...described,
    fullDescription: { text: reason },
    help: { text: fix },
    helpUri: `${REPOSITORY}/blob/main/docs/lint/${id}.md`,
    defaultConfiguration: { level: LEVELS[severity] },
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
