import { statSync } from 'node:fs';
import { DISK, type Files } from '../corefile/files.ts';

/**
 * The disk, for a configuration that is read more than once. Standard input, a pipe or a device gives its
 * text only once, and whoever asks again might wait for ever: what was read at the start is kept.
 */
export class ConfigFiles implements Files {
  readonly #kept = new Map<string, string>();
  #isStarted = false;

  /** The start is over: from now on nothing is read that could keep the server waiting. */
  started(): void {
    this.#isStarted = true;
  }

  read(path: string, maxBytes: number): string {
    if (!canWait(path)) return DISK.read(path, maxBytes);
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (this.#isStarted) throw new Error('it is a pipe or a device: expected a file');
    const text = DISK.read(path, maxBytes);
    this.#kept.set(path, text);
    return text;
  }

  list(folder: string): readonly string[] {
    return DISK.list(folder);
  }

  isFolder(path: string): boolean {
    return DISK.isFolder(path);
  }
}

function canWait(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}
