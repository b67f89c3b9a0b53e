import { writeFileSync } from 'node:fs';

/** What of this process is changed; a test gives its own. */
export interface NamedProcess {
  title: string;
}

/**
 * Calls this process svcdns where tools show a short name (`ps`, `ss`, `top`): newer versions of
 * Node.js call their main thread node-MainThread. The arguments stay visible in `ps -f`.
 *
 * Linux keeps the short name apart from the command line. `process.title` would write over the
 * command line too, so it is only for where there is no such file, and then holds the arguments.
 */
export function nameProcess(
  name: string,
  args: readonly string[],
  process: NamedProcess,
  file = '/proc/self/comm',
): void {
  try {
    // Not created where it does not exist.
    writeFileSync(file, name, { flag: 'r+' });
  } catch {
    process.title = [name, ...args].join(' ');
  }
}
