import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';

/** What there is at a path; undefined when nothing is. Throws when it cannot be looked at. */
type Stat = (path: string) => { isDirectory(): boolean } | undefined;

const DISK_STAT: Stat = (path) => statSync(path, { throwIfNoEntry: false });

/**
 * Reads `root FOLDER`: the folder that relative paths of the server block start from, absolute.
 * `folder` is where it starts from itself, and what counts without the directive.
 */
export function parseRoot(
  lines: readonly Line[],
  folder: string,
  problems: ProblemList,
  stat: Stat = DISK_STAT,
): string {
  if (lines.length === 0) return folder;
  const directive = new Directive('root', problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  if (!directive.hasArgs(line, 1, 1)) return folder;
  const { text, origin } = line.args[0] as Word;
  const root = resolve(folder, text);
  const fault = faultOf(root, stat);
  if (fault === 'missing') {
    // As in CoreDNS: it may be mounted later.
    directive.warning(`Root path does not exist: ${quoted(root)}`, origin);
  } else if (fault !== undefined) {
    directive.error(`unable to access root path ${quoted(root)}: ${fault}`, origin);
  }
  return root;
}

export const plugin: PluginDeclaration = { directive: 'root' };

function faultOf(path: string, stat: Stat): string | undefined {
  try {
    const found = stat(path);
    if (found === undefined) return 'missing';
    return found.isDirectory() ? undefined : 'it is not a folder';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
