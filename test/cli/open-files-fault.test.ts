import { expect, test } from 'vitest';
import { openFilesFault } from '../../src/cli/open-files-fault.ts';

test.for([
  [64, /^svcdns: Cannot run with at most 64 open files .*expected 160 or more.*ulimit -n 4096/],
  [159, /159/],
] as const)('%i open files are too few, and the message says what to do', ([limit, expected]) => {
  expect(openFilesFault(limit)).toMatch(expected);
});

test('160 open files are enough', () => {
  expect(openFilesFault(160)).toBeUndefined();
});
