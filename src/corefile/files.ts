import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';

/** What the configuration reads from disk; a test gives its own. */
export interface Files {
  /**
   * The text of a file.
   *
   * @throws an error with a `code`, like node:fs: ENOENT, EISDIR, EACCES; EFBIG when it is longer
   * than `maxBytes`.
   */
  read(path: string, maxBytes: number): string;
  /** Names in a folder, without their path; none when it cannot be listed. */
  list(folder: string): readonly string[];
  isFolder(path: string): boolean;
}

/** The real disk. */
export const DISK: Files = {
  read(path, maxBytes) {
    const descriptor = openSync(path, 'r');
    try {
      return readAtMost(descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  },
  list(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
  isFolder(path) {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  },
};

/** Reads by pieces and not by the size in `stat`: pipes and `/proc` say 0, `/dev/zero` never ends. */
function readAtMost(descriptor: number, maxBytes: number): string {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(descriptor, piece);
    if (length === 0) return Buffer.concat(pieces).toString('utf8');
    total += length;
    if (total > maxBytes) throw Object.assign(new Error('file too large'), { code: 'EFBIG' });
    pieces.push(piece.subarray(0, length));
  }
}
