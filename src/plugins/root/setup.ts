import { resolve } from 'node:path';
import { DISK, type Files } from '../../corefile/files.ts';
import type { Line } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import { Directive } from '../directive.ts';

/**
 * Reads `root FOLDER`: the folder that relative paths of the server block start from, absolute. `folder` is where it
 * starts from itself, and what counts without the directive.
 */
export function parseRoot(
  lines: readonly Line[],
  folder: string,
  problems: ProblemList,
  files: Pick<Files, 'isFolder'> = DISK,
): string {
  if (lines.length === 0) return folder;
  const directive = new Directive('root', problems);
  const line = directive.single(lines);
  directive.hasNoOptions(line);
  if (!directive.hasArgs(line, 1, 1)) return folder;
  const [word] = line.args;
  const root = resolve(folder, word?.text ?? '');
  if (!isFolder(root, files)) {
    directive.warning(`Root path does not exist: ${quoted(root)}`, word?.origin ?? line.origin);
  }
  return root;
}

function isFolder(path: string, files: Pick<Files, 'isFolder'>): boolean {
  try {
    return files.isFolder(path);
  } catch {
    return false; // not to be looked into, or no path at all
  }
}
