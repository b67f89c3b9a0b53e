import { HOW_TO_RAISE, LEAST_OPEN_FILES } from '../support/descriptor-budget.ts';

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

/** Why svcdns cannot run where a process may have so many files open; undefined when it can. */
export function openFilesFault(limit: number): string | undefined {
  if (limit >= LEAST_OPEN_FILES) return undefined;
  return (
    `svcdns: Cannot run with at most ${limit} open files (RLIMIT_NOFILE): expected ${LEAST_OPEN_FILES} or more. ` +
    `Raise it with ${HOW_TO_RAISE}`
  );
}
