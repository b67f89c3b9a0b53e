import { nodeVersionFault } from '../../requirements.ts';
import { type Check, fail, ok, warn } from '../finding.ts';

/**
 * The first release of each line that has the security fixes of January to March 2026, among them
 * that for maps with keys that strangers choose; a server's keys are names in queries.
 */
const PATCHED: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 22, 2],
  [24, 14, 1],
  [25, 8, 2],
];

const LAST_PATCHED = 25;

const FIX = 'install Node.js 24 (nodejs.org), as the image has it';

/** The version of Node.js, and whether it gets fixes. */
export const nodeVersion: Check = {
  id: 'node',
  run({ machine }) {
    const version = machine.nodeVersion;
    const fault = nodeVersionFault(version);
    if (fault !== undefined) return [fail(fault.replace(/^svcdns: /, ''), FIX)];
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    const least = PATCHED.find(([line]) => line === major);
    if (least === undefined && major <= LAST_PATCHED) {
      return [warn(`Node.js ${version}: version ${major} gets no more fixes`, FIX)];
    }
    if (least !== undefined && isBefore([minor, patch], [least[1], least[2]])) {
      const expected = `security fixes came with ${least.join('.')}`;
      return [warn(`Node.js ${version}: ${expected}`, FIX)];
    }
    return [ok(`Node.js ${version}`)];
  },
};

function isBefore([minor, patch]: [number, number], [leastMinor, leastPatch]: [number, number]) {
  return minor < leastMinor || (minor === leastMinor && patch < leastPatch);
}
