import { basename, dirname, join } from 'node:path';
import type { StateDisk } from './state-disk.ts';

const UNFINISHED = /^\..*\.new-[^.]*$/;

/** Is this the name of a half-written version of a file? */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/**
 * Gives a file this content as a whole or not at all, also when the process or the machine stops in
 * the middle of it: a new file beside the old one is filled, forced to the disk, and then takes its
 * name. Rejects with what Node does.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  disk: Pick<StateDisk, 'create' | 'rename' | 'remove' | 'syncFolder' | 'uniqueName'>,
): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.new-${disk.uniqueName()}`);
  try {
    await disk.create(unfinished, bytes);
    await disk.rename(unfinished, path);
    await disk.syncFolder(folder);
  } catch (error) {
    await disk.remove(unfinished).catch(() => {});
    throw error;
  }
}
