import { basename } from 'node:path';
import { isGone } from '../../../support/file-error.ts';
import type { Disk } from './disk.ts';
import type { FoundFile } from './found-files.ts';
import { MANIFESTS, type Scan } from './scan.ts';
import { rendererOf, type Selection } from './selection.ts';

/** What a scan has found, by where it stands. */
export class ScanPlaces {
  readonly #scan: Pick<Scan, 'folders' | 'links'>;
  readonly #disk: Disk;
  readonly #selection: Selection;
  /** By path, with its links followed. */
  readonly #files: ReadonlyMap<string, FoundFile>;

  constructor(
    scan: Pick<Scan, 'files' | 'folders' | 'links'>,
    disk: Disk,
    selection: Selection = MANIFESTS,
  ) {
    this.#scan = scan;
    this.#disk = disk;
    this.#selection = selection;
    this.#files = new Map(scan.files.map((file) => [file.real, file]));
  }

  /**
   * The files at these paths, which have no links in them, in order. Undefined when another scan
   * might find others: something is new, or a folder or a link has changed.
   */
  filesAt(paths: Iterable<string>): FoundFile[] | undefined {
    const files: FoundFile[] = [];
    for (const path of paths) {
      const file = this.#files.get(path);
      if (file !== undefined && file.refusal === undefined) files.push(file);
      else if (!this.#isOutside(path)) return undefined;
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Whether there is, and was, nothing that a scan takes note of: an editor's own file, say. */
  #isOutside(path: string): boolean {
    const { folders, links } = this.#scan;
    if (this.#files.has(path) || folders.has(path) || links.has(path)) return false;
    try {
      const name = basename(path);
      const isTaken = this.#selection.takes(name) || rendererOf(name) !== undefined;
      return this.#disk.lstat(path).kind === 'file' && !isTaken;
    } catch (error) {
      return isGone(error);
    }
  }
}
