import type { Clock, Timer } from '../support/clock.ts';
import { fileFault } from '../support/file-error.ts';
import type { FileReader, FileVersion } from './file-reader.ts';

/** A shorter interval would only read the disk. */
const MIN_INTERVAL_MS = 100;

/** A longer one would overflow Node's timers, which then fire at once. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

export interface WatchedFileOptions {
  readonly path: string;
  /** Between two looks at the file; 0 to read it only once. */
  readonly intervalMs: number;
  /** A longer file is not read. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly files: FileReader;
  /**
   * Takes what stands in the file. Throws, or rejects, with an Error that says why it is of no use.
   */
  readonly onContent: (content: Buffer, version: FileVersion) => Promise<void> | void;
  /** Called once when the file cannot be used, in words for a log; again with another reason. */
  readonly onFault: (fault: string) => void;
}

/**
 * Reads a file, and again whenever it changes. What was read last stays in use when the file
 * vanishes or breaks.
 *
 * The file's state is looked at from time to time: an event would be quicker, but a ConfigMap's
 * volume and network file systems give none that can be relied on.
 */
export class WatchedFile {
  readonly #options: WatchedFileOptions;
  #version: FileVersion | undefined;
  #fault: string | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: WatchedFileOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the file has been read, or found to be of no use, for the first time. Never
   * rejects.
   */
  async start(): Promise<void> {
    await this.#look();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** The next look begins when the last has ended: a file system that hangs is asked once. */
  #arm(): void {
    const { clock, intervalMs } = this.#options;
    if (this.#stopped || intervalMs === 0) return;
    const ms = Math.min(Math.max(intervalMs, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
    this.#timer = clock.setTimeout(() => void this.#look().then(() => this.#arm()), ms);
  }

  async #look(): Promise<void> {
    try {
      await this.#readWhenChanged();
    } catch (error) {
      this.#report(fileFault(error));
    }
  }

  async #readWhenChanged(): Promise<void> {
    const { files, path, maxBytes, onContent } = this.#options;
    const last = this.#version;
    this.#version = undefined; // whatever goes wrong from here on, look into the file the next time
    const version = await files.version(path);
    if (last !== undefined && isSame(version, last)) {
      this.#version = last;
      return;
    }
    const content = await files.read(path, maxBytes);
    if (this.#stopped) return;
    // The state from before the reading: what changed meanwhile is seen at the next look. Kept even
    // if the content is of no use: it will not be better before it changes.
    this.#version = version;
    await onContent(content, version);
    this.#fault = undefined;
  }

  #report(fault: string): void {
    if (this.#stopped || fault === this.#fault) return;
    this.#fault = fault;
    this.#options.onFault(fault);
  }
}

function isSame(a: FileVersion, b: FileVersion): boolean {
  return (
    a.modifiedMs === b.modifiedMs &&
    a.changedMs === b.changedMs &&
    a.bytes === b.bytes &&
    a.inode === b.inode
  );
}
