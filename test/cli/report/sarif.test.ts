import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sarifLog } from '../../../src/cli/report/sarif.ts';
import type { Problem, Severity } from '../../../src/kube/problem.ts';
import { codeOf } from '../../../src/lint/rule-id.ts';
import { RULES } from '../../../src/lint/rules.ts';
import { ROOT } from '../../readme-blocks.ts';

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

test('sarifLog() obeys the schema of SARIF 2.1.0, with problems of every rule', () => {
  const schema = readFileSync(`${ROOT}/test/fixtures/schemas/sarif-2.1.0.json`, 'utf8');
  // zod takes a reference for a whole URI: those are compared above.
  const isReference = (value: unknown) => value === 'uri-reference';
  const read = (_: string, value: unknown) => (isReference(value) ? undefined : value);
  const sarif = z.fromJSONSchema(JSON.parse(schema, read));
  const faults = (log: unknown) => sarif.safeParse(log).error?.issues;
  const ofRules = RULES.map(({ id, severity }) => problem(codeOf(id), severity, 'k8s/web.yaml', 3));
  for (const log of [LOG, sarifLog([]), sarifLog(ofRules), sarifLog([], ofRules)])
    expect(faults(log)).toBeUndefined();
  const wrong = structuredClone(LOG) as unknown as { runs: { results: { level: string }[] }[] };
  wrong.runs[0]!.results[0]!.level = 'hint';
  expect(faults(wrong)).toHaveLength(1);
});

test('sarifLog() says of a rule what is wrong, what to do, and where more is said', () => {
  const [run] = sarifLog([problem('EXTERNAL_NAME_LOOP', 'warning', 'a.yaml', 1)]).runs;
  expect(run?.tool.driver.rules).toEqual([
    {
      id: 'EXTERNAL_NAME_LOOP',
      shortDescription: { text: 'External name loop' },
      fullDescription: { text: expect.stringContaining('leads back to itself') },
      help: { text: expect.stringContaining('Let one Service') },
      helpUri: 'https://github.com/svcdns/svcdns/blob/main/docs/lint/external-name-loop.md',
      defaultConfiguration: { level: 'warning' },
    },
  ]);
});

test('sarifLog() has what a comment silences with a suppression', () => {
  const [shown, silenced] = ['a.yaml', 'b.yaml'].map((file) =>
    problem('EXTERNAL_NAME_LOOP', 'warning', file, 1),
  );
  const [run] = sarifLog([shown!], [silenced!]).runs;
  expect(run?.results.map((one) => ('suppressions' in one ? one.suppressions : []))).toEqual([
    [],
    [{ kind: 'inSource' }],
  ]);
});
