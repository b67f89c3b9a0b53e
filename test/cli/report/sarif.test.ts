import { expect, test } from 'vitest';
import { sarifLog } from '../../../src/cli/report/sarif.ts';
import type { Problem, Severity } from '../../../src/kube/problem.ts';

function problem(code: string, severity: Severity, file: string, line: number): Problem {
  return {
    severity,
    code,
    message: `about ${code}`,
    origin: { file, document: 0, line, column: 4 },
  };
}

const LOG = sarifLog([
  problem('SERVICE_INVALID', 'error', 'k8s/my web.yaml', 3),
  problem('MANIFEST_SYNTAX', 'warning', '/srv/k8s/a.yaml', 7),
  problem('SERVICE_INVALID', 'hint', 'k8s', 0),
  problem('CONFIG_LISTEN', 'error', 'SVCDNS_LISTEN', 0),
]);

test('sarifLog() has the two things that SARIF 2.1.0 demands, and one run of svcdns', () => {
  expect(Object.keys(LOG)).toEqual(['$schema', 'version', 'runs']);
  expect(LOG.version).toBe('2.1.0');
  expect(LOG.runs.map((run) => run.tool.driver.name)).toEqual(['svcdns']);
});

test('sarifLog() has a rule for each code, and each result points to its own', () => {
  const [run] = LOG.runs;
  const rules = run?.tool.driver.rules ?? [];
  expect(rules).toEqual([
    { id: 'CONFIG_LISTEN', shortDescription: { text: 'Config listen' } },
    { id: 'MANIFEST_SYNTAX', shortDescription: { text: 'Manifest syntax' } },
    { id: 'SERVICE_INVALID', shortDescription: { text: 'Service invalid' } },
  ]);
  for (const { ruleId, ruleIndex } of run?.results ?? []) {
    expect(rules[ruleIndex]?.id).toBe(ruleId);
  }
});

test('sarifLog() maps severities to levels and places to URIs', () => {
  const results = LOG.runs[0]?.results.map(({ level, locations }) => [level, locations]);
  expect(results).toEqual([
    ['error', [at({ uri: 'k8s/my%20web.yaml', uriBaseId: '%SRCROOT%' }, 3)]],
    ['warning', [at({ uri: 'file:///srv/k8s/a.yaml' }, 7)]],
    ['note', [at({ uri: 'k8s', uriBaseId: '%SRCROOT%' })]],
    ['error', []],
  ]);
});

function at(artifactLocation: object, startLine?: number): object {
  const region = startLine === undefined ? {} : { region: { startLine, startColumn: 4 } };
  return { physicalLocation: { artifactLocation, ...region } };
}
