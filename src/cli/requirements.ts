import { HOW_TO_RAISE, LEAST_OPEN_FILES } from '../support/descriptor-budget.ts';

/** The oldest Node.js 20 that svcdns is tested on: packages that it is made of need this one. */
const OLDEST_20: Version = [20, 19, 0];

/** The same of all other lines. */
const OLDEST: Version = [22, 12, 0];

type Version = readonly [major: number, minor: number, patch: number];

/** Why this version of Node.js (`20.20.2`) cannot run svcdns; undefined when it can. */
export function nodeVersionFault(version: string): string | undefined {
  const found = version.split('.').map((part) => Number.parseInt(part, 10));
  const least = found[0] === 20 ? OLDEST_20 : OLDEST;
  const at = least.findIndex((part, index) => part !== found[index]);
  if (at === -1 || (found[at] ?? 0) > least[at]!) return undefined;
  const expected = `20 from ${OLDEST_20.join('.')} on, or ${OLDEST.join('.')} or newer`;
  return `svcdns: Cannot run on Node.js ${version}: expected ${expected}`;
}

/** Why svcdns cannot run where a process may have so many files open; undefined when it can. */
export function openFilesFault(limit: number): string | undefined {
  if (limit >= LEAST_OPEN_FILES) return undefined;
  return (
    `svcdns: Cannot run with at most ${limit} open files (RLIMIT_NOFILE): expected ${LEAST_OPEN_FILES} or more. ` +
    `Raise it with ${HOW_TO_RAISE}`
  );
}
