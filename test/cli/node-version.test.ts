import { expect, test } from 'vitest';
import { nodeVersionFault } from '../../src/cli/node-version.ts';

test.for([
  ['20.20.2', true],
  ['20.20.3', true],
  ['20.21.0', true],
  ['22.0.0', true],
  ['26.10.0-nightly', true],
  ['20.20.1', false],
  ['20.19.9', false],
  ['18.99.99', false],
  ['9.0.0', false],
] as const)('nodeVersionFault() of %s: may run is %s', ([version, mayRun]) => {
  const fault = `svcdns: Cannot run on Node.js ${version}: expected 20.20.2 or newer`;
  expect(nodeVersionFault(version)).toBe(mayRun ? undefined : fault);
});
