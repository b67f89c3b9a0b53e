import { expect, test } from 'vitest';
import { type CheckedFinding, examine } from '../../../src/cli/doctor/checks.ts';
import { ok } from '../../../src/cli/doctor/finding.ts';
import { findingLines, jsonReport, summaryLine } from '../../../src/cli/doctor/report.ts';
import { folderWith, WEB } from '../folder.ts';
import { TestIo } from '../test-io.ts';
import { examinationOf } from './world.ts';

test('examine() goes on after a check that fails by itself', async () => {
  const broken = {
    id: 'broken',
    run: () => {
      throw new Error('no such thing');
    },
  };
  const all = [];
  for await (const some of examine(examinationOf({}), [
    broken,
    { id: 'next', run: () => [ok('fine')] },
  ]))
    all.push(...some);
  expect(all).toEqual([
    { check: 'broken', level: 'warn', text: 'could not be checked: no such thing' },
    { check: 'next', level: 'ok', text: 'fine' },
  ]);
});

const BAD: CheckedFinding = { check: 'port', level: 'fail', text: 'a\nb', fix: 'do \u001b[2J' };

test('findingLines() shows a finding and what fixes it, each on one line', () => {
  expect(findingLines(BAD, false)).toBe(
    'fail  port         a\\nb\n                   fix: do \\u001b[2J\n',
  );
  expect(findingLines({ ...BAD, level: 'info' }, true)).toBe(
    '\u001b[34minfo\u001b[0m  port         a\\nb\n                   see: do \\u001b[2J\n',
  );
});

test('summaryLine() and jsonReport() count', () => {
  expect(summaryLine([BAD])).toBe('0 ok, 0 info, 0 warnings, 1 failure\n');
  expect(JSON.parse(jsonReport([BAD]))).toEqual({
    findings: [BAD],
    summary: { ok: 0, info: 0, warn: 0, fail: 1 },
  });
});

// On this machine: what it finds there may be anything, but settings, and that nothing is changed.
const outcome = (line: string) => {
  const cwd = folderWith({ 'k8s/web.yaml': WEB });
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off', SVCDNS_ADMIN: 'off' } });
  return io.outcome(`doctor --config off --forward off --listen 127.0.0.1:0 ${line}`);
};

test('doctor looks at the settings of serve', async () => {
  const { stdout, stderr } = await outcome('--manifests k8s');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ok {4}settings {5}the built-in Corefile$/m);
  expect(stdout).toMatch(/^info {2}port {9}the system chooses the port at each start$/m);
  expect(stdout).toMatch(/^\d+ ok, \d+ info, \d+ warnings?, \d+ failures?\n$/m);
});

test('doctor --format json has nothing else on stdout, and exits with 1 when something fails', async () => {
  const { code, stdout } = await outcome('--manifests nowhere --format json');
  const { findings } = JSON.parse(stdout) as { findings: CheckedFinding[] };
  expect(findings).toContainEqual({
    check: 'settings',
    level: 'fail',
    text: expect.stringContaining("Cannot find 'nowhere'"),
    fix: 'svcdns check',
  });
  expect(code).toBe(1);
});

test.for([
  ['k8s', "svcdns doctor: Unexpected 'k8s'"],
  ['--format xml', "svcdns doctor: Cannot use 'xml' for --format: expected text, json"],
] as const)('doctor %s is wrong usage', async ([line, message]) => {
  const { code, stderr } = await outcome(line);
  expect({ code, stderr }).toEqual({ code: 2, stderr: `${message}\nSee svcdns doctor --help\n` });
});
