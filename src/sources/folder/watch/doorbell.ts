import type { Stats } from 'node:fs';
import { basename } from 'node:path';
import { type ChokidarOptions, type FSWatcher, watch } from 'chokidar';
import { fileFault } from '../../../support/file-error.ts';
import { MAX_FOLDER_DEPTH } from '../limits.ts';
import type { Disk } from '../read/disk.ts';
import type { Scan } from '../read/scan.ts';
import { Guards } from './guards.ts';
import { HeardPaths } from './heard-paths.ts';

/** Rings when something may have changed below the watched paths. Never says what. */
export interface Doorbell {
  /**
   * Watches what is there now; called after each scan, and cheap when nothing has moved. `isRetry`
   * makes it try again where it had failed.
   */
  arm(paths: readonly string[], scan: Pick<Scan, 'trees' | 'folders'>, isRetry: boolean): void;
  /**
   * Does not ring for what happens in the folders until it is armed: chokidar lists a folder, and
   * looks at each file in it, at every event. Rings once when it watches again. Meanwhile it hears
   * where something happens, in the folders of the scan. Returns whether it does so in all of them.
   */
  rest(scan: Pick<Scan, 'folders' | 'files'>): boolean;
  /**
   * Where something has happened, while it rests, since this was last asked: paths without links.
   * Undefined when it cannot tell, as at first.
   */
  heard(): ReadonlySet<string> | undefined;
  /** Why changes may go unnoticed until the next rescan, if so. */
  readonly failure: string | undefined;
  close(): Promise<void>;
}

export type OpenDoorbell = (disk: Disk, ring: () => void) => Doorbell;

/** What is used of chokidar's `watch`. */
export type Watch = (paths: string[], options: ChokidarOptions) => FSWatcher;

/**
 * A doorbell made of chokidar, for what happens in the folders, and guards for the folders' own
 * fate. `watchTrees` is chokidar's `watch` unless a test says otherwise.
 */
export function openDoorbell(disk: Disk, ring: () => void, watchTrees: Watch = watch): Doorbell {
  return new FolderDoorbell(disk, ring, watchTrees);
}

class FolderDoorbell implements Doorbell {
  readonly #ring: () => void;
  readonly #watchTrees: Watch;
  readonly #guards: Guards;
  readonly #heard: HeardPaths;
  #watcher: FSWatcher | undefined;
  #trees: readonly string[] = [];
  #folders: ReadonlyMap<string, string> = new Map();
  #failure: string | undefined;

  constructor(disk: Disk, ring: () => void, watchTrees: Watch) {
    this.#ring = ring;
    this.#watchTrees = watchTrees;
    this.#guards = new Guards(disk, ring, (error) => this.#fail(error));
    this.#heard = new HeardPaths(disk);
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  arm(paths: readonly string[], scan: Pick<Scan, 'trees' | 'folders'>, isRetry: boolean): void {
    this.#heard.close();
    const retries = isRetry && this.#failure !== undefined;
    if (retries) this.#failure = undefined;
    // What happened between the scan and now was not watched by anybody: ring for it.
    if (this.#guards.arm(paths)) this.#ring();
    if (retries || !sameList(this.#trees, scan.trees) || this.#hasSwappedFolder(scan.folders)) {
      this.#watch(scan.trees);
    }
    this.#folders = scan.folders;
  }

  rest(scan: Pick<Scan, 'folders' | 'files'>): boolean {
    if (this.#trees.length > 0) this.#watch([]);
    return this.#heard.follow(scan);
  }

  heard(): ReadonlySet<string> | undefined {
    return this.#heard.take();
  }

  async close(): Promise<void> {
    this.#guards.close();
    this.#heard.close();
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Whether some folder was replaced by another: chokidar would go on watching the old one. */
  #hasSwappedFolder(folders: ReadonlyMap<string, string>): boolean {
    for (const [path, identity] of folders) {
      const before = this.#folders.get(path);
      if (before !== undefined && before !== identity) return true;
    }
    return false;
  }

  #watch(trees: readonly string[]): void {
    // Closed before the new one opens: chokidar shares watches by path within a process, and the
    // new one would be given the watch of the folder that is gone. Closing does that part at once.
    this.#watcher?.close().catch(() => {});
    this.#trees = trees;
    if (trees.length === 0) {
      this.#watcher = undefined;
      return;
    }
    const roots = new Set(trees);
    this.#watcher = this.#watchTrees([...trees], {
      ignoreInitial: true,
      // The scan follows links. Their targets lie in the same tree, and are watched there.
      followSymlinks: false,
      // Would hold back the news of a removed file for 100 ms.
      atomic: false,
      ignorePermissionErrors: true,
      depth: MAX_FOLDER_DEPTH,
      ignored: (path, stats) => !roots.has(path) && isIgnored(path, stats),
    });
    // `raw` is what the operating system said, before chokidar looks into it: sooner, and also for
    // the files, which we do not have it watch one by one.
    this.#watcher
      .on('raw', this.#ring)
      .on('all', this.#ring)
      .on('ready', this.#ring)
      .on('error', (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failure ??= fileFault(error);
    this.#ring();
  }
}

/**
 * Only folders are watched: a watch on a folder tells of the files in it, and 10,000 files would
 * need 10,000 watches. Names with one dot are not ours; with two, they make up a ConfigMap volume.
 * Other people's packages are never read.
 */
function isIgnored(path: string, stats: Stats | undefined): boolean {
  if (stats !== undefined && !stats.isDirectory()) return true;
  const name = basename(path);
  return name === 'node_modules' || (name.startsWith('.') && !name.startsWith('..'));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
