import { LEAST_OPEN_FILES } from '../support/descriptor-budget.ts';

/** Why svcdns cannot run where a process may have so many files open; undefined when it can. */
export function openFilesFault(limit: number): string | undefined {
  if (limit >= LEAST_OPEN_FILES) return undefined;
  return (
    `svcdns: Cannot run with at most ${limit} open files (RLIMIT_NOFILE): expected ${LEAST_OPEN_FILES} or more. ` +
    'Raise it with ulimit -n 4096, LimitNOFILE=4096 in a systemd unit, or --ulimit nofile=4096 for docker run'
  );
}
