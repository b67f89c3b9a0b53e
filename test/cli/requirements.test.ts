import { expect, test } from 'vitest';
import { nodeVersionFault, openFilesFault } from '../../src/cli/requirements.ts';

test.for([
  ['20.19.0', true],
  ['20.19.1', true],
  ['20.20.0', true],
  ['22.12.0', true],
  ['24.0.0', true],
  ['26.10.0-nightly', true],
  ['20.18.9', false],
  ['21.99.99', false],
  ['22.11.9', false],
  ['18.99.99', false],
  ['9.0.0', false],
] as const)('nodeVersionFault() of %s: may run is %s', ([version, mayRun]) => {
  const fault = `svcdns: Cannot run on Node.js ${version}: expected 20 from 20.19.0 on, or 22.12.0 or newer`;
  expect(nodeVersionFault(version)).toBe(mayRun ? undefined : fault);
});

test.for([
  [64, /^svcdns: Cannot run with at most 64 open files .*expected 160 or more.*ulimit -n 4096/],
  [159, /159/],
] as const)('%i open files are too few, and the message says what to do', ([limit, expected]) => {
  expect(openFilesFault(limit)).toMatch(expected);
});

test('160 open files are enough', () => {
  expect(openFilesFault(160)).toBeUndefined();
});
