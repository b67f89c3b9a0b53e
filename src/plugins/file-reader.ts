import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** What tells one state of a file from another. */
export interface FileVersion {
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly bytes: number;
  readonly inode: number;
}

/** How plugins read files while the server runs; a test gives its own. */
export interface FileReader {
  /** Rejects when there is no such file, or it is a folder, a pipe or a device. */
  version(path: string): Promise<FileVersion>;
  /** Rejects when it cannot be read or is longer than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Buffer>;
}

/** The real disk. */
export const DISK_READER: FileReader = {
  async version(path) {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is not a regular file');
    const { mtimeMs, ctimeMs, size, ino } = found;
    return { modifiedMs: mtimeMs, changedMs: ctimeMs, bytes: size, inode: ino };
  },
  async read(path, maxBytes) {
    // Without waiting: a pipe put there since `version` looked would never be opened.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const content = Buffer.allocUnsafe(Math.min(maxBytes, (await handle.stat()).size) + 1);
      let length = 0;
      while (length < content.length) {
        const { bytesRead } = await handle.read(content, length, content.length - length);
        if (bytesRead === 0) return content.subarray(0, length);
        length += bytesRead;
      }
      if (length > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
      throw new Error('it grows while it is read');
    } finally {
      await handle.close();
    }
  },
};
