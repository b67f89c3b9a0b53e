import { expect, test } from 'vitest';
import { reportProblems } from '../../src/app/problems.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { createLoggerTo } from '../../src/observe/log.ts';

const problem = (line: number): Problem => ({
  severity: 'warning',
  code: 'PLUGIN_OPTION',
  message: 'plugin/root: Root path does not exist',
  origin: { file: 'Corefile', document: 0, line, column: 5 },
});

function told(problems: readonly Problem[]): unknown[] {
  const lines: unknown[] = [];
  const log = createLoggerTo('info', { write: (line) => void lines.push(JSON.parse(line).msg) });
  reportProblems(problems, log);
  return lines;
}

test('reportProblems() tells each once, with its place', () => {
  expect(told([problem(3), problem(3), problem(4)])).toEqual([
    'Corefile:3:5: warning: plugin/root: Root path does not exist [PLUGIN_OPTION]',
    'Corefile:4:5: warning: plugin/root: Root path does not exist [PLUGIN_OPTION]',
  ]);
});

test('reportProblems() tells the first twenty', () => {
  expect(told(Array.from({ length: 100 }, (_, line) => problem(line)))).toHaveLength(20);
});
