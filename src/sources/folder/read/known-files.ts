import { Comparison, type Known } from './comparison.ts';
import type { Disk } from './disk.ts';
import type { FileChanges, Look } from './file-changes.ts';
import type { Scan } from './scan.ts';

/** Compares the files that are there with those that were delivered. */
export class KnownFiles {
  readonly #disk: Disk;
  readonly #known = new Map<string, Known>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Compares, and takes what it returns for delivered. */
  update(scan: Scan, look: Look): FileChanges {
    const before = this.#lookedAt;
    this.#lookedAt = look.now;
    return new Comparison(this.#disk, this.#known, look, before).run(scan);
  }
}
