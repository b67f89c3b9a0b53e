/** The oldest Node.js that svcdns is tested on. */
const OLDEST: readonly number[] = [20, 20, 2];

/** Why this version of Node.js (`20.20.2`) cannot run svcdns; undefined when it can. */
export function nodeVersionFault(version: string): string | undefined {
  const found = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [at, least] of OLDEST.entries()) {
    const part = found[at] ?? 0;
    if (part > least) return undefined;
    if (part < least) {
      return `svcdns: Cannot run on Node.js ${version}: expected ${OLDEST.join('.')} or newer`;
    }
  }
  return undefined;
}
