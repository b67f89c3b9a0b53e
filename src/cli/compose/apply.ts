import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FileState } from './own-file.ts';
import type { PlannedFile } from './plan.ts';

/** What `--check` says of a file. */
export const STATES: Readonly<Record<FileState, string>> = {
  missing: 'is missing',
  same: 'is as it should be',
  old: 'is not up to date',
  edited: 'has been edited since it was written',
  foreign: 'is not of svcdns',
};

/** Files that are the user's own: they are neither written over nor removed. */
export function theirs(files: readonly PlannedFile[]): readonly PlannedFile[] {
  return files.filter(({ state }) => state === 'edited' || state === 'foreign');
}

/** @throws an error with a `code`, as node:fs does. */
export function write({ path, text, state }: PlannedFile): void {
  mkdirSync(dirname(path), { recursive: true });
  // Somebody may have made it since it was looked for.
  writeFileSync(path, text, { flag: state === 'missing' ? 'wx' : 'w' });
}

/** Removes a file that was written, and its folder when nothing else is in it. */
export function remove({ path }: PlannedFile, folder: string): void {
  rmSync(path);
  if (dirname(path) === folder) return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Others have files there.
  }
}
