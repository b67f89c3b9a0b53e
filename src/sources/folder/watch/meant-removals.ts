import { dirname } from 'node:path';
import { isInFolder } from '../../../support/paths.ts';
import type { Disk } from '../read/disk.ts';
import type { Scan } from '../read/scan.ts';

/**
 * Tells files that were deleted, one by one, from those of a folder that is gone: a mount that
 * was lost, a watched folder that was emptied or replaced. `git checkout` and an editor delete in a
 * folder that stays and keeps others.
 */
export class MeantRemovals {
  readonly #roots: readonly string[];
  readonly #disk: Disk;
  /** The watched folders as they were when nothing was in doubt: root → identity. */
  #trusted: ReadonlyMap<string, string> = new Map();

  /** `roots` are the watched paths, absolute. */
  constructor(roots: readonly string[], disk: Disk) {
    this.#roots = roots;
    this.#disk = disk;
  }

  /** Nothing is in doubt: the watched folders are from now on those that are there. */
  trust(scan: Scan): void {
    const found = this.#roots.map((root) => [root, this.#identityOf(root, scan) ?? ''] as const);
    this.#trusted = new Map(found);
  }

  /** Whether the removal of the file at this absolute path was meant, going by this scan. */
  has(path: string, scan: Scan): boolean {
    const root = this.#roots.find((one) => path !== one && isInFolder(path, one));
    if (root === undefined || !scan.files.some((file) => isInFolder(file.path, root))) return false;
    const identity = this.#identityOf(root, scan);
    if (identity === undefined || identity !== this.#trusted.get(root)) return false;
    // A folder that is gone as well was deleted; an empty one may be where a mount was.
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
      const entries = this.#countOf(folder);
      if (entries !== undefined) return entries > 0;
    }
    return true;
  }

  #identityOf(root: string, scan: Scan): string | undefined {
    try {
      return scan.folders.get(this.#disk.realpath(root));
    } catch {
      return undefined;
    }
  }

  /** Up to one more than the first entry; undefined when there is no such folder. */
  #countOf(folder: string): number | undefined {
    try {
      return this.#disk.entries(folder, 1).length;
    } catch {
      return undefined;
    }
  }
}
