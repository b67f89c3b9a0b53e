import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { entryPath } from '../../../support/paths.ts';
import type { Disk } from '../read/disk.ts';
import type { Scan } from '../read/scan.ts';

/** Folders that are listened to; with more, all files are looked at each time. */
const MAX_FOLDERS = 1000;

/** Paths kept between two looks; when there are more, all files are looked at. */
const MAX_PATHS = 10_000;

/**
 * Where something has happened, by the operating system's word: what a look has to look at. Events
 * may be lost, so now and then a look at everything has to follow.
 */
export class HeardPaths {
  readonly #disk: Disk;
  readonly #listeners = new Map<
    string,
    { readonly watcher: FSWatcher; readonly identity: string }
  >();
  #paths = new Set<string>();
  /** Something may have happened that is not among them. */
  #isPartial = true;
  /** Some folder is not listened to. */
  #isDeaf = true;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /**
   * Listens in all folders that the scan has found, or has found files in, and in no others.
   * Returns whether it can.
   */
  follow(scan: Pick<Scan, 'folders' | 'files'>): boolean {
    const folders = new Set([
      ...scan.folders.keys(),
      ...scan.files.map(({ real }) => dirname(real)),
    ]);
    if (folders.size > MAX_FOLDERS) {
      this.close();
      return false;
    }
    for (const [folder, { watcher }] of this.#listeners) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#listeners.delete(folder);
    }
    this.#isDeaf = false;
    for (const folder of folders) this.#listen(folder, scan.folders.get(folder));
    return !this.#isDeaf;
  }

  /**
   * The absolute paths, without links, since this was last called. Undefined when there may be
   * others, as at first.
   */
  take(): ReadonlySet<string> | undefined {
    const paths = this.#isPartial ? undefined : this.#paths;
    this.#isPartial = this.#isDeaf;
    this.#paths = new Set();
    return paths;
  }

  close(): void {
    for (const { watcher } of this.#listeners.values()) watcher.close();
    this.#listeners.clear();
    this.#isDeaf = true;
    this.#miss();
  }

  #listen(folder: string, found: string | undefined): void {
    try {
      const identity = found ?? this.#disk.stat(folder).identity;
      const known = this.#listeners.get(folder);
      if (known?.identity === identity) return;
      known?.watcher.close();
      // What has happened in it before now has not been heard.
      this.#miss();
      const watcher = watch(folder, (_event, name) => this.#hear(folder, name));
      watcher.on('error', () => this.#lose(folder));
      this.#listeners.set(folder, { watcher, identity });
    } catch {
      this.#lose(folder);
    }
  }

  /** Until this is tried again. */
  #lose(folder: string): void {
    this.#listeners.get(folder)?.watcher.close();
    this.#listeners.delete(folder);
    this.#isDeaf = true;
    this.#miss();
  }

  #hear(folder: string, name: string | null): void {
    if (name === null || this.#paths.size >= MAX_PATHS) this.#miss();
    else this.#paths.add(entryPath(folder, name));
  }

  #miss(): void {
    this.#isPartial = true;
    this.#paths.clear();
  }
}
