import { MAX_TOTAL_BYTES } from '../limits.ts';
import { Comparison, type Known } from './comparison.ts';
import type { Disk } from './disk.ts';
import type { FileChanges, Look, SomeChanges } from './file-changes.ts';
import type { FoundFile } from './found-files.ts';
import type { Scan } from './scan.ts';

/** Compares the files that are there with those that were delivered. */
export class KnownFiles {
  readonly #disk: Disk;
  readonly #known = new Map<string, Known>();
  /** When all files were last compared. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** How many more bytes all files might have when they were last compared. */
  #bytesLeft = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Compares, and takes what it returns for delivered. */
  update(scan: Scan, look: Look): FileChanges {
    const comparison = this.#compare(look, MAX_TOTAL_BYTES);
    this.#lookedAt = look.now;
    const changes = comparison.run(scan);
    this.#bytesLeft = comparison.bytesLeft;
    return changes;
  }

  /** Compares these files alone; the others are taken to be as they were. */
  updateSome(files: readonly FoundFile[], look: Look): SomeChanges {
    return this.#compare(look, this.#bytesLeft).runSome(files);
  }

  /** Files have so much room that some can be compared without the others. */
  get hasRoom(): boolean {
    return this.#bytesLeft > MAX_TOTAL_BYTES / 2;
  }

  #compare(look: Look, bytesLeft: number): Comparison {
    return new Comparison(this.#disk, this.#known, look, this.#lookedAt, bytesLeft);
  }
}
