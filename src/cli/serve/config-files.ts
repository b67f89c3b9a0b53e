import { DISK, type Files } from '../../corefile/files.ts';

/**
 * The disk, for a configuration that is read more than once. Standard input gives its text only
 * once, and whoever asks again might wait for ever: what was read at the start is kept.
 */
export class ConfigFiles implements Files {
  readonly #kept = new Map<string, string>();
  #isStarted = false;

  /** The start is over: from now on nothing is read that could keep the server waiting. */
  started(): void {
    this.#isStarted = true;
  }

  read(path: string, maxBytes: number): string {
    return DISK.read(path, maxBytes);
  }

  readStream(path: string, maxBytes: number): string {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (this.#isStarted) throw new Error('it can be read only at the start: expected a file');
    const text = DISK.readStream(path, maxBytes);
    this.#kept.set(path, text);
    return text;
  }

  list(folder: string): readonly string[] {
    return DISK.list(folder);
  }

  isFolder(path: string): boolean {
    return DISK.isFolder(path);
  }

  exists(path: string): boolean {
    return DISK.exists(path);
  }
}
